import type { Kit } from "../kit/index.ts";
import type { Codes } from "./codes.ts";
import type { Seller } from "./seller.ts";
import type { Signing } from "./signer.ts";
import type { Tokens } from "./tokens.ts";

/** Everything the operations work on. */
export interface Ebay {
  readonly kit: Kit<Seller>;
  readonly tokens: Tokens;
  readonly codes: Codes;
  readonly signing: Signing;
  /** Topics eBay grants approved partners only. */
  readonly partnerTopics: readonly string[];
  /** Whether `bulk_update_price_quantity` takes one SKU a call, as one of eBay's own pages has it. */
  readonly oneSkuPerUpdate: boolean;
}
