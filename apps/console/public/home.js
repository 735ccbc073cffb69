// @ts-check
import { get, whoAmI } from "./api.js";
import { statusOf, warningsOf } from "./channels.js";
import { byId, make, tellStatus, timeOf, wordsOf } from "./dom.js";
import { makeTable } from "./table.js";

/** How often the page asks again. */
const REFRESH_MS = 2_000;
/** Oversell cases on the page; one more is asked for, to tell whether there are more. */
const CASES = 20;

/** Left out where all there is is one merchant's. */
const merchant = { title: "Merchant", className: "merchant", content: (/** @type {any} */ one) => one.merchant_id };

const channelTable = makeTable(byId("channels"), [
  merchant,
  { title: "Channel", content: (channel) => [channelLink(channel)] },
  { title: "Status", className: "text", content: (channel) => [statusOf(channel), ...warningsOf(channel)] },
  { title: "Listings", className: "number", content: ({ listings }) => listings },
  { title: "In sync", className: "number", content: ({ in_sync: inSync }) => inSync },
  { title: "Waiting", className: "number", content: ({ behind }) => behind },
  {
    title: "Refused",
    className: "number",
    content: ({ refused }) => refused,
    isBad: ({ refused }) => refused > 0,
  },
]);

const caseTable = makeTable(byId("cases"), [
  merchant,
  { title: "SKU", className: "text", content: ({ sku }) => sku },
  { title: "Order", content: ({ source, order_id: order }) => `${source} ${order ?? ""}` },
  { title: "Units", className: "number", content: ({ quantity }) => quantity },
  { title: "Short", className: "number", content: ({ short }) => short, isBad: () => true },
  { title: "Sold", content: ({ sold_at: at }) => timeOf(at) },
]);

const stockTable = makeTable(byId("stock"), [
  merchant,
  { title: "SKU", className: "text", content: ({ sku }) => sku },
  { title: "On hand", className: "number", content: ({ on_hand: onHand }) => onHand },
  { title: "Reserved", className: "number", content: ({ reserved }) => reserved },
  {
    title: "Available",
    className: "number",
    content: ({ available }) => available,
    isBad: ({ available }) => available < 0,
  },
  { title: "Shown on channels", content: ({ listings }) => listings.map(shownOn) },
]);

/** @param {any} channel */
function channelLink({ channel_id: id, channel_key: key }) {
  return make("a", { href: `/channel?id=${encodeURIComponent(id)}` }, key);
}

/** @param {any} listing */
function shownOn(listing) {
  const isShown = listing.shown === listing.target;
  const className = `shown ${listing.error_reason === "refused" ? "bad" : isShown ? "good" : "quiet"}`;
  const text = `${listing.channel_key} ${listing.shown ?? "?"}${isShown ? "" : ` → ${listing.target}`}`;
  return make("span", { className, title: listing.error ?? "" }, text);
}

async function refresh() {
  const sku = byId("sku").value;
  const query = sku ? `?sku=${encodeURIComponent(sku)}` : "";
  try {
    const [{ channels }, { stock, as_of }, { oversell_cases: cases }] = await Promise.all([
      get("/v1/channels"),
      get(`/v1/stock${query}`),
      get(`/v1/oversell-cases?limit=${CASES + 1}`),
    ]);
    channelTable.show(channels);
    stockTable.show(stock);
    caseTable.show(cases.slice(0, CASES));
    byId("more-cases").hidden = cases.length <= CASES;
    byId("cases-section").hidden = cases.length === 0;
    byId("no-channels").hidden = channels.length > 0;
    byId("no-stock").hidden = stock.length > 0;
    byId("no-stock").textContent = sku
      ? `No SKU contains “${sku}”.`
      : "The ledger has no stock yet. Receive some: POST /v1/events on the ledger.";
    tellStatus(`As of ledger position ${as_of}, ${new Date().toLocaleTimeString()}`);
  } catch (error) {
    tellStatus(`Can't read the state: ${wordsOf(error)}`, true);
  }
  setTimeout(refresh, REFRESH_MS);
}

byId("search").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
whoAmI().catch(() => undefined);
void refresh();
