// @ts-check
import { get } from "./api.js";
import { byId, facts, percentOf, say, show, timeOf, wordsOf } from "./dom.js";
import { stateOf } from "./listings.js";
import { makeTable } from "./table.js";

/** How often it asks again. */
const REFRESH_MS = 2_000;

const answers = /** @type {{ [outcome: string]: string }} */ ({
  accepted: "accepted",
  stale: "not written: the channel had moved",
  rejected: "refused for good",
  retry: "not accepted, is tried again",
  failed: "no answer",
});

/** Why a listing's number is what it is. @param {string} path @param {string} channelId */
export function showWhy(path, channelId) {
  byId("why-section").hidden = false;
  byId("why-close").href = `/channel?${new URLSearchParams({ id: channelId })}`;

  const pushTable = makeTable(byId("pushes"), [
    { title: "Sent", content: ({ requested_at: at }) => timeOf(at) },
    { title: "Quantity", className: "number", content: ({ quantity }) => quantity },
    { title: "Ledger position", className: "number", content: ({ position }) => position },
    {
      title: "Answer",
      className: "text",
      content: answerOf,
      isBad: ({ outcome }) => outcome === "rejected" || outcome === "failed",
    },
  ]);

  async function refresh() {
    try {
      const listing = await get(path);
      byId("why-title").textContent =
        `Why does ${listing.sku || listing.title} show ${listing.shown ?? "what it shows"}?`;
      show(byId("why"), listing, () => reasonsOf(listing));
      pushTable.show(listing.pushes);
      byId("no-pushes").hidden = listing.pushes.length > 0;
      say(byId("why-status"), "");
    } catch (error) {
      say(byId("why-status"), wordsOf(error));
    }
    setTimeout(refresh, REFRESH_MS);
  }
  void refresh();
}

/** @param {any} listing */
function reasonsOf(listing) {
  const { desired, target, shown, pushes } = listing;
  const accepted = pushes.find((/** @type {any} */ one) => one.outcome === "accepted");
  return facts([
    ["State", stateOf(listing)],
    ["On the channel", [listing.title, listing.external_id, listing.external_location_id].filter(Boolean).join(" · ")],
    ...(desired ? termsOf(desired, target) : [["Must show", "nothing: the ledger has heard of no such SKU"]]),
    ["Shows", shown === null ? "not known: it is written in full next" : shownOf(listing)],
    ["Last pushed", pushes[0] ? pushOf(pushes[0]) : "none that is remembered"],
    ["Last accepted", accepted ? pushOf(accepted) : "none that is remembered"],
  ]);
}

/** The formula, term by term. @param {any} desired @param {number} target */
function termsOf(desired, target) {
  const at = Object.entries(desired.locations).map(([location, units]) => `${location} ${units}`);
  const { safety_stock: safety, share, minimum, cap, unseen_units: unseen } = desired;
  return [
    ["Available in the ledger", `${desired.available}${at.length > 0 ? ` (${at.join(", ")})` : ""}`],
    ["Safety stock", safety],
    ["Share", `${percentOf(share)} %`],
    ["At least, at most", `${minimum}, ${cap ?? "no limit"}`],
    ...(desired.paused ? [["Paused", "yes: it shows 0"]] : []),
    ["So it is offered", `${desired.quantity}, as of ledger position ${desired.position}`],
    ...(unseen > 0 ? [["Sold there, not in the ledger yet", unseen]] : []),
    ["Must show", target],
  ];
}

/** @param {any} listing */
function shownOf({ shown, shown_at: at, shown_position: position }) {
  const since = at === null ? "since its import" : `as of ${timeOf(at)}`;
  return `${shown}, ${since}${position === null ? "" : `, by ledger position ${position}`}`;
}

/** @param {any} push */
function pushOf({ quantity, position, requested_at: at, outcome }) {
  return `${quantity}, ${timeOf(at)}, by ledger position ${position}: ${answers[outcome]}`;
}

/** @param {any} push */
function answerOf({ requested_at: at, answered_at: end, outcome, detail }) {
  const milliseconds = Date.parse(end) - Date.parse(at);
  return `${answers[outcome]}, after ${milliseconds} ms${detail === null ? "" : `: ${detail}`}`;
}
