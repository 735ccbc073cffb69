import type { eBayApi } from "ebay-api";
import type { z } from "zod";

/** Who a subscription belongs to, as a way to call eBay: the seller, or the keyset. */
export type Subscriber = <T>(schema: z.ZodType<T>, work: (api: eBayApi) => Promise<unknown>) => Promise<T>;

/** Takes one sentence for each thing that was missing or switched off. */
export type Mending = string[];
