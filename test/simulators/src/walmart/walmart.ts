import type { Kit } from "../kit/index.ts";
import type { Consents } from "./consents.ts";
import type { Seller } from "./seller.ts";
import type { Tokens } from "./tokens.ts";

/** Everything the operations work on. */
export interface Walmart {
  readonly kit: Kit<Seller>;
  readonly tokens: Tokens;
  readonly consents: Consents;
  /** Between a feed's submission and the moment its rows apply. */
  readonly feedDelayMs: number;
  readonly signatureEncoding: "base64" | "hex";
  /** How the time of a bucket's next token is written. */
  readonly timeFormat: "epoch" | "iso";
  /** Whether a shipped unit leaves the input quantity by itself. */
  readonly shippingLowersInput: boolean;
  /** More than this no search of orders may find. */
  readonly ordersPerSearch: number;
  /** Ends what waits for its time, such as feeds in processing. */
  readonly stopping: AbortSignal;
}
