import type { createBuckets, Kit } from "../kit/index.ts";
import type { Seller } from "./seller.ts";
import type { Tokens } from "./tokens.ts";

/** Everything the operations work on. */
export interface Walmart {
  readonly kit: Kit<Seller>;
  readonly tokens: Tokens;
  readonly buckets: ReturnType<typeof createBuckets>;
  /** Between a feed's submission and the moment its rows apply. */
  readonly feedDelayMs: number;
  readonly signatureEncoding: "base64" | "hex";
  /** Ends what waits for its time, such as feeds in processing. */
  readonly stopping: AbortSignal;
}
