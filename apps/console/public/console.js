// @ts-check
import { get, whoAmI } from "./api.js";
import { statusOf, warningsOf } from "./channels.js";
import { byId, cell, make, row, show, wordsOf } from "./dom.js";

/** How often the page asks again. */
const REFRESH_MS = 2_000;

/** @param {any} channel */
function channelRow(channel) {
  const link = make("a", { href: `/channel?id=${encodeURIComponent(channel.channel_id)}` }, channel.channel_key);
  return row([
    cell(channel.merchant_id),
    cell([link]),
    cell([statusOf(channel), ...warningsOf(channel)]),
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
  const isShown = listing.shown === listing.target;
  const className = `shown ${listing.error ? "bad" : isShown ? "good" : "quiet"}`;
  const text = `${listing.channel_key} ${listing.shown ?? "?"}${isShown ? "" : ` → ${listing.target}`}`;
  return make("span", { className, title: listing.error ?? "" }, text);
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
  const sku = byId("sku").value;
  const query = sku ? `?sku=${encodeURIComponent(sku)}` : "";
  try {
    const [{ channels }, { stock, as_of }, { oversell_cases: cases }] = await Promise.all([
      get("/v1/channels"),
      get(`/v1/stock${query}`),
      get("/v1/oversell-cases?limit=20"),
    ]);
    show(byId("channels"), channels, () => channels.map(channelRow));
    show(byId("stock"), stock, () => stock.map(stockRow));
    show(byId("cases"), cases, () => cases.map(caseRow));
    byId("cases-section").hidden = cases.length === 0;
    byId("no-channels").hidden = channels.length > 0;
    byId("no-stock").hidden = stock.length > 0;
    byId("status").textContent = `As of ledger position ${as_of}, ${new Date().toLocaleTimeString()}`;
  } catch (error) {
    byId("status").textContent = `Can't read the state: ${wordsOf(error)}`;
  }
  setTimeout(refresh, REFRESH_MS);
}

byId("search").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
whoAmI().catch(() => undefined);
void refresh();
