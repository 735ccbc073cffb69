import { importing } from "./importing.ts";
import { asNumber, session } from "./testing/breaks.ts";
import { turnsRedFor } from "./testing/turns-red.ts";
import type { ImportedListing } from "../inventory.ts";

const PAGE = 5;

/** Brings each listing otherwise than it is. */
const listings = (distorted: (listing: ImportedListing) => ImportedListing) =>
  session((whole) => ({
    async importListings(...args) {
      const page = await whole.importListings(...args);
      return { ...page, listings: page.listings.map(distorted) };
    },
  }));

turnsRedFor(importing(12), [
  {
    does: "brings no quantities",
    how: listings((one) => ({ ...one, available: null })),
    turnsRed: ["brings each listing with the quantity buyers see"],
  },
  {
    does: "reads SKUs as numbers",
    how: listings((one) => ({ ...one, sku: asNumber(one.sku) })),
    turnsRed: ["brings SKUs that look like something else as they are"],
  },
  {
    does: "brings no barcodes",
    how: listings((one) => ({ ...one, barcode: null })),
    turnsRed: ["brings the barcodes"],
  },
  {
    does: "brings the first page only",
    how: session((whole) => ({
      importListings: async (...args) => ({ ...(await whole.importListings(...args)), next: null }),
    })),
    turnsRed: ["brings every listing over several pages with no duplicate, and says before how many it will be"],
  },
  {
    does: "says of each page how many it brings",
    how: session((whole) => ({
      async importListings(...args) {
        const page = await whole.importListings(...args);
        return { ...page, total: page.listings.length };
      },
    })),
    turnsRed: ["brings every listing over several pages with no duplicate, and says before how many it will be"],
  },
  {
    does: "keeps the place of an import in memory",
    how: session((whole) => {
      let place = 0;
      return {
        importListings: async (cursor, call) => {
          place = cursor === null ? 0 : place + PAGE;
          const answer = await whole.importListings(String(place), call);
          return { ...answer, next: answer.next && "next" };
        },
      };
    }),
    turnsRed: [
      "goes on after each page in another process, from nothing but the cursor",
      "brings the same page again from the same cursor, for one who died before he stored it",
    ],
  },
]);
