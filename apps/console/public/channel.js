// @ts-check
import { ApiProblem, call, get, whoAmI } from "./api.js";
import { factsOf } from "./channel-facts.js";
import { warningsOf } from "./channels.js";
import { byId, say, show, tellStatus, wordsOf } from "./dom.js";
import { showListings } from "./listings.js";
import { showOffer } from "./offer.js";
import { makeTable } from "./table.js";
import { showWhy } from "./why.js";

/** How often the page asks again. */
const REFRESH_MS = 2_000;

const query = new URLSearchParams(location.search);
const id = query.get("id") ?? "";
const listingId = query.get("listing");
const path = `/v1/channels/${encodeURIComponent(id)}`;

/** @param {any} progress */
function progressWords({ status, imported, unsupported, total, error }) {
  const found = `${imported} listings imported, ${unsupported} can't be synced`;
  if (status === "finished") return `${found}.`;
  const sofar = `${found} so far${total === null ? "" : `, of ${total}`}`;
  return status === "waiting" ? `${sofar}. It goes on by itself: ${error}` : `${sofar} …`;
}

/** @param {any} matched */
function matchedWords({ exact, normalized, barcode, ambiguous, unmatched }) {
  return (
    `Matched to known SKUs: ${exact} exactly, ${normalized} but for case, spaces and hyphens, ${barcode} by barcode. ` +
    `Not matched: ${ambiguous} that could be several, ${unmatched} that nothing known fits; their own text stands for the SKU.`
  );
}

const unmatchedTable = makeTable(byId("unmatched"), [
  { title: "SKU on the channel", className: "text", content: ({ channel_sku: sku }) => sku || "none" },
  { title: "Barcode", content: ({ barcode }) => barcode ?? "" },
  { title: "Title", className: "text", content: ({ title }) => title },
  {
    title: "Could be",
    className: "text",
    content: ({ candidates }) => candidates.join(" or ") || "nothing known",
  },
]);

/** @param {any} report */
function showImport(report) {
  const { status, imported, unsupported, total, matched, not_matched: left } = report;
  say(byId("import-status"), progressWords(report));
  byId("progress").hidden = status === "finished" || total === null;
  byId("progress").max = Math.max(total ?? 1, 1);
  byId("progress").value = imported + unsupported;
  say(byId("matched"), matchedWords(matched));
  unmatchedTable.show(left);
  byId("unmatched-section").hidden = left.length === 0;
}

/** @returns {Promise<any>} undefined: never imported */
function readImport() {
  return get(`${path}/import`).catch((error) => {
    if (error instanceof ApiProblem && error.code === "never_imported") return undefined;
    throw error;
  });
}

async function refresh() {
  try {
    const channel = await get(path);
    const { channel_key: key, problems, renew_by, pushes_inventory: isWritten } = channel;
    byId("title").textContent = key;
    document.title = `${key} · Lastunit`;
    show(byId("warnings"), { problems, renew_by }, () => warningsOf(channel));
    if (listingId === null) show(byId("facts"), channel, () => factsOf(channel));
    const hasListings = isWritten && listingId === null;
    if (hasListings && byId("listings-section").hidden) {
      showListings(path, id);
      showOffer(path, channel);
    }
    byId("listings-section").hidden = !hasListings;
    byId("offer-section").hidden = !hasListings;
    byId("import-section").hidden = !hasListings;
    const report = hasListings ? await readImport() : undefined;
    if (report) showImport(report);
    tellStatus(`As of ${new Date().toLocaleTimeString()}`);
  } catch (error) {
    const isNone = error instanceof ApiProblem && [400, 404].includes(error.status);
    tellStatus(isNone ? "There is no such channel." : wordsOf(error), true);
    // What is not there will not come.
    if (isNone) return;
  }
  setTimeout(refresh, REFRESH_MS);
}

byId("import").addEventListener("click", async () => {
  byId("import").disabled = true;
  byId("import-problem").textContent = "";
  const before = byId("import-status").textContent;
  byId("import-status").textContent = "Importing …";
  await call("POST", `${path}/import`).catch((error) => {
    byId("import-status").textContent = before;
    byId("import-problem").textContent = wordsOf(error);
  });
  byId("import").disabled = false;
});
whoAmI().catch(() => undefined);
void refresh();
if (listingId !== null) showWhy(`${path}/listings/${encodeURIComponent(listingId)}`, id);
