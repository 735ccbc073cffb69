// @ts-check
import { againLink, renewalOf, statusOf } from "./channels.js";
import { facts, make, percentOf, timeOf } from "./dom.js";

/** What there is to know of a channel. @param {any} channel @returns {HTMLElement[]} */
export function factsOf(channel) {
  const { webhook_url: webhook, last_failure: failure } = channel;
  const isWritten = channel.pushes_inventory;
  return facts([
    ["Merchant", channel.merchant_id],
    ["Status", statusOf(channel)],
    ["Listings", isWritten ? listingsOf(channel) : "None: nothing is written here, only heard."],
    ...(isWritten ? [["Fed by", feedingOf(channel)]] : [["Its units are at", placesOf(channel)]]),
    ...(isWritten ? [["Offered", offeredOf(channel.allocation)]] : []),
    ...(isWritten ? [["Last accepted push", acceptedOf(channel)]] : []),
    ...(failure ? [["Last push that failed", make("span", { className: "bad" }, failureOf(failure))]] : []),
    ...unrecordedWords(channel).map((words) => ["Not recorded yet", make("span", { className: "bad" }, words)]),
    ...(isWritten ? [["Orders polled", channel.orders_polled_at ? timeOf(channel.orders_polled_at) : "not yet"]] : []),
    ["Access", accessOf(channel)],
    ...(webhook ? [["Events arrive at", make("code", {}, webhook)]] : []),
  ]);
}

/** @param {any} channel */
function accessOf({ channel_id: id, renew_by: renewal }) {
  return make("span", {}, ...(renewal ? [`${renewalOf(renewal)} `] : []), againLink(id, "Connect again"));
}

/** @param {any} channel */
function listingsOf({ listings, in_sync: inSync, behind, refused, unsupported }) {
  return `${listings}: ${inSync} in sync, ${behind} waiting, ${refused} refused, ${unsupported} that can't be synced`;
}

/** @param {any} channel */
function feedingOf({ locations, default_location_id: byDefault }) {
  if (locations.length === 0) return byDefault;
  const pairs = locations.map((/** @type {any} */ one) =>
    one.external_location_id === null ? one.location_id : `${one.location_id} → ${one.external_location_id}`,
  );
  return `${pairs.join(", ")}; orders that name no location take their units from ${byDefault}`;
}

/** Of a channel that is only heard from. @param {any} channel */
function placesOf({ locations, default_location_id: byDefault }) {
  const named = locations
    .filter((/** @type {any} */ one) => one.external_location_id !== null)
    .map((/** @type {any} */ one) => `${one.location_id} where it says ${one.external_location_id}`);
  return [byDefault, ...named].join(", ");
}

/** What to do about deliveries that are not recorded yet. @param {any} channel @returns {string[]} */
export function unrecordedWords({ channel_id: id, pushes_inventory: isWritten, ...channel }) {
  const { unmapped_deliveries: unmapped, waiting_deliveries: waiting } = channel;
  const [what, mend] = isWritten
    ? ["what no listing is mapped to", "Import the listings again"]
    : ["a place that is not known", `Say which ledger location it is, in locations of PATCH /v1/channels/${id}`];
  return [
    ...(unmapped > 0 ? [`${unmapped} deliveries name ${what}. ${mend}: they are tried again then.`] : []),
    ...(waiting > 0 ? [`${waiting} deliveries wait until the channel is connected again.`] : []),
  ];
}

/** @param {any} allocation */
function offeredOf({ safety_stock: safety, share, minimum, cap }) {
  const parts = [
    share === 1 ? "all that is available" : `${percentOf(share)} % of what is available`,
    ...(safety > 0 ? [`less ${safety} of safety stock`] : []),
    ...(minimum > 0 ? [`${minimum} at least`] : []),
    ...(cap === null ? [] : [`${cap} at most`]),
  ];
  return parts.join(", ");
}

/** @param {any} channel */
function acceptedOf({ last_accepted_at: at, pushes }) {
  return at === null ? "none in the last hour" : `${timeOf(at)}; ${pushes} sent in the last hour`;
}

/** @param {any} failure */
const failureOf = ({ sku, at, message }) => `${sku}, ${timeOf(at)}: ${message}`;
