import { startEbaySimulator } from "@lastunit/simulators";
import { ebay } from "./ebay.ts";
import { simulatedConformance } from "./simulated-channel.ts";

/** All listings made on the website, which the Inventory API does not know: the same promises hold, by the Trading API. */
simulatedConformance({
  ...ebay,
  start: (options) => startEbaySimulator({ ...options, madeBy: "trading" }),
  operations: { write: "ReviseInventoryStatus", read: "GetItem" },
  unknownListing: (known) => ({
    ...known,
    listingId: "unknown",
    sku: "NO-SUCH-SKU",
    externalId: "item:1",
    external: { ...known.external, itemId: "1" },
  }),
});
