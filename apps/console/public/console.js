// @ts-check
/** How often the page asks again. */
const REFRESH_MS = 2_000;

const byId = (/** @type {string} */ id) => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
};

/** @param {string} path */
async function get(path) {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  if (response.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail ?? `HTTP ${response.status}`);
  return body;
}

/**
 * A table cell. Text only: nothing a channel or merchant wrote is ever read as HTML.
 * @param {string | number | Node[]} content
 * @param {string} [className]
 */
function cell(content, className = "") {
  const td = document.createElement("td");
  td.className = className;
  if (Array.isArray(content)) td.append(...content);
  else td.textContent = String(content);
  return td;
}

/** @param {Node[]} cells */
function row(cells) {
  const tr = document.createElement("tr");
  tr.append(...cells);
  return tr;
}

/** @param {any} channel */
function channelRow(channel) {
  const isActive = channel.status === "active";
  const status = channel.status_reason ? `${channel.status}: ${channel.status_reason}` : channel.status;
  return row([
    cell(channel.merchant_id),
    cell(channel.channel_key),
    cell(status, isActive ? "good" : "bad"),
    cell(channel.listings, "number"),
    cell(channel.in_sync, "number"),
    cell(channel.behind, "number"),
    cell(channel.refused, channel.refused > 0 ? "number bad" : "number"),
  ]);
}

/** @param {any} oversell */
function caseRow(oversell) {
  return row([
    cell(oversell.merchant_id),
    cell(oversell.sku),
    cell(`${oversell.source} ${oversell.order_id ?? ""}`),
    cell(oversell.quantity, "number"),
    cell(oversell.short, "number bad"),
    cell(new Date(oversell.sold_at).toLocaleString()),
  ]);
}

/** @param {any} listing */
function shownOn(listing) {
  const span = document.createElement("span");
  const isShown = listing.shown === listing.target;
  span.className = `shown ${listing.error ? "bad" : isShown ? "good" : "quiet"}`;
  span.textContent = `${listing.channel_key} ${listing.shown ?? "?"}${isShown ? "" : ` → ${listing.target}`}`;
  if (listing.error) span.title = listing.error;
  return span;
}

/** @param {any} stock */
function stockRow(stock) {
  return row([
    cell(stock.merchant_id),
    cell(stock.sku),
    cell(stock.on_hand, "number"),
    cell(stock.reserved, "number"),
    cell(stock.available, stock.available < 0 ? "number bad" : "number"),
    cell(stock.listings.map(shownOn)),
  ]);
}

async function refresh() {
  const sku = new FormData(/** @type {HTMLFormElement} */ (byId("search"))).get("sku");
  const query = sku ? `?sku=${encodeURIComponent(String(sku))}` : "";
  try {
    const [channels, stock, cases] = await Promise.all([
      get("/v1/channels"),
      get(`/v1/stock${query}`),
      get("/v1/oversell-cases?limit=20"),
    ]);
    byId("channels").replaceChildren(...channels.channels.map(channelRow));
    byId("stock").replaceChildren(...stock.stock.map(stockRow));
    byId("cases").replaceChildren(...cases.oversell_cases.map(caseRow));
    byId("cases-section").hidden = cases.oversell_cases.length === 0;
    byId("no-channels").hidden = channels.channels.length > 0;
    byId("no-stock").hidden = stock.stock.length > 0;
    byId("status").textContent = `As of ledger position ${stock.as_of}, ${new Date().toLocaleTimeString()}`;
  } catch (error) {
    byId("status").textContent = `Can't read the state: ${error instanceof Error ? error.message : String(error)}`;
  }
  setTimeout(refresh, REFRESH_MS);
}

byId("search").addEventListener("submit", (event) => event.preventDefault());
void refresh();
