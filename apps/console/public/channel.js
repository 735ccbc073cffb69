// @ts-check
import { ApiProblem, call, get, whoAmI } from "./api.js";
import { renewalOf, statusOf, warningsOf } from "./channels.js";
import { byId, cell, make, row, say, show, wordsOf } from "./dom.js";

/** How often the page asks again. */
const REFRESH_MS = 2_000;

const id = new URLSearchParams(location.search).get("id") ?? "";
const importPath = `/v1/channels/${encodeURIComponent(id)}/import`;

/** @param {any} channel */
function facts(channel) {
  const { renew_by: renewal, webhook_url: webhook } = channel;
  const known = [
    ["Merchant", channel.merchant_id],
    ["Status", statusOf(channel)],
    [
      "Listings",
      `${channel.listings}: ${channel.in_sync} in sync, ${channel.behind} waiting, ${channel.refused} refused`,
    ],
    ...(renewal ? [["Access", renewalOf(renewal)]] : []),
    ...(webhook ? [["Events arrive at", make("code", {}, webhook)]] : []),
  ];
  return known.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);
}

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

/** @param {any} listing */
function unmatchedRow({ channel_sku: sku, barcode, title, candidates }) {
  return row([cell(sku || "none"), cell(barcode ?? ""), cell(title), cell(candidates.join(" or ") || "nothing known")]);
}

/** @param {any} report */
function showImport(report) {
  const { status, imported, unsupported, total, matched, not_matched: left } = report;
  say(byId("import-status"), progressWords(report));
  byId("progress").hidden = status === "finished" || total === null;
  byId("progress").max = Math.max(total ?? 1, 1);
  byId("progress").value = imported + unsupported;
  say(byId("matched"), matchedWords(matched));
  show(byId("unmatched"), left, () => left.map(unmatchedRow));
  byId("unmatched-section").hidden = left.length === 0;
}

/** @returns {Promise<any>} undefined: never imported */
function readImport() {
  return get(importPath).catch((error) => {
    if (error instanceof ApiProblem && error.code === "never_imported") return undefined;
    throw error;
  });
}

async function refresh() {
  try {
    const { channels } = await get("/v1/channels");
    const channel = channels.find((/** @type {any} */ one) => one.channel_id === id);
    if (!channel) throw new Error("There is no such channel.");
    byId("title").textContent = channel.channel_key;
    show(byId("facts"), channel, () => facts(channel));
    const { problems, renew_by } = channel;
    show(byId("warnings"), { problems, renew_by }, () => warningsOf(channel));
    const report = await readImport();
    if (report) showImport(report);
    byId("status").textContent = `As of ${new Date().toLocaleTimeString()}`;
  } catch (error) {
    byId("status").textContent = wordsOf(error);
  }
  setTimeout(refresh, REFRESH_MS);
}

byId("import").addEventListener("click", async () => {
  byId("import").disabled = true;
  byId("import-problem").textContent = "";
  byId("import-status").textContent = "Importing …";
  await call("POST", importPath).catch((error) => {
    byId("import-problem").textContent = wordsOf(error);
  });
  byId("import").disabled = false;
});
whoAmI().catch(() => undefined);
void refresh();
