// @ts-check
import { get } from "./api.js";
import { byId, make, wordsOf } from "./dom.js";
import { createPager } from "./pager.js";
import { makeTable } from "./table.js";

/** A channel's listings, a page at a time, by SKU and by whether they are in sync. @param {string} path @param {string} channelId */
export function showListings(path, channelId) {
  const table = makeTable(byId("listings"), [
    { title: "SKU", className: "text", content: (listing) => [listingLink(listing, channelId)] },
    { title: "Title", className: "text", content: ({ title }) => title },
    { title: "Shows", className: "number", content: ({ shown }) => shown ?? "?" },
    { title: "Must show", className: "number", content: ({ target }) => target ?? "–" },
    { title: "State", className: "text", content: (listing) => [stateOf(listing)] },
  ]);
  const pager = createPager(async (/** @type {Record<string, string>} */ filter, after) => {
    const query = new URLSearchParams({ ...filter, ...(after === null ? {} : { after }) });
    const { listings, next } = await get(`${path}/listings?${query}`);
    return { rows: listings, next };
  });

  /** @param {ReturnType<typeof pager.first>} asked @param {"replace" | "add"} put */
  async function load(asked, put) {
    byId("listings-problem").textContent = "";
    try {
      const page = await asked;
      if (page === undefined) return;
      table[put](page.rows);
      byId("more").hidden = page.next === null;
      byId("no-listings").hidden = !table.isEmpty();
    } catch (error) {
      byId("listings-problem").textContent = wordsOf(error);
    }
  }

  function search() {
    const sku = byId("sku").value.trim();
    const filter = { behind: String(byId("behind").checked), ...(sku === "" ? {} : { sku }) };
    void load(pager.first(filter), "replace");
  }

  byId("filter").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    search();
  });
  byId("behind").addEventListener("change", () => byId("filter").requestSubmit());
  byId("more").addEventListener("click", () => void load(pager.more(), "add"));
  search();
}

/** Leads to why its number is what it is. @param {any} listing @param {string} channelId */
function listingLink({ listing_id: listing, sku }, channelId) {
  const href = `/channel?${new URLSearchParams({ id: channelId, listing })}`;
  return make("a", { href }, sku || "none");
}

/** Where a listing is, in words. @param {any} listing @returns {HTMLElement} */
export function stateOf(listing) {
  const [className, words] = stateWords(listing);
  return make("span", { className }, words);
}

/**
 * @param {{ unsupported: string | null, error_reason: string | null, error: string | null, target: number | null, shown: number | null }} listing
 * @returns {[className: string, words: string]}
 */
export function stateWords({ unsupported, error_reason: reason, error, target, shown }) {
  if (unsupported !== null) return ["quiet", `not synced: ${unsupported}`];
  if (reason === "refused") return ["bad", `refused, until you mend it: ${error}`];
  if (reason !== null) return ["quiet", `waiting, goes on by itself: ${error}`];
  if (target === null) return ["quiet", "the ledger knows no such SKU yet"];
  return shown === target ? ["good", "in sync"] : ["quiet", "waiting"];
}
