import type { Kit } from "../kit/index.ts";
import type { Seller } from "./seller.ts";
import type { Signer } from "./signer.ts";
import type { Tokens } from "./tokens.ts";

/** Everything the operations work on. */
export interface Ebay {
  readonly kit: Kit<Seller>;
  readonly tokens: Tokens;
  readonly signer: Signer;
}
