import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import type { AmazonClient } from "./client.ts";
import { findItems } from "./find-items.ts";
import { fulfillmentOf, unsupportedBecause, type ListingItem } from "./listings.ts";

/** A merchant may hand a listing to Amazon (FBA) at any time, and nothing tells us: so long is believed what was seen. */
const HOLDS_MS = 3_600_000;
const MOST_REMEMBERED = 100_000;
/** The write waits for it, and needs the rest of the call's time. */
const LONGEST_LOOK_MS = 2_000;

/** Who fulfills the listings, lest a quantity turns one that became Amazon's back into the merchant's. */
export interface FulfillmentWatch {
  saw(items: readonly ListingItem[]): void;
  /**
   * Looks at those not seen to be the merchant's within the hour, and again at those that were Amazon's, which may have
   * been handed back. A look without an answer holds up no write, since units sold elsewhere must not stay on sale for it.
   *
   * @returns of those that somebody else fulfills now, why they can't be written.
   */
  handedOver(skus: readonly string[], call: CallContext): Promise<ReadonlyMap<string, string>>;
  /** Why it can't be written, by what was seen of it last, however long ago; null: nothing speaks against it. Makes no call. */
  whyHandedOver(sku: string): string | null;
}

interface Seen {
  readonly channel: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
}

export function createFulfillmentWatch(client: AmazonClient): FulfillmentWatch {
  /** By SKU, the one seen longest ago first. */
  const seen = new Map<string, Seen>();

  function remember(sku: string, channel: string | null): void {
    seen.delete(sku);
    seen.set(sku, { channel, at: Date.now() });
    const [oldest] = seen.keys();
    if (seen.size > MOST_REMEMBERED && oldest !== undefined) seen.delete(oldest);
  }

  function saw(items: readonly ListingItem[]): void {
    for (const item of items) remember(item.sku, fulfillmentOf(item).channel);
  }

  /** A listing that was not seen, or shows no quantity at all, is nobody else's. */
  function whyHandedOver(sku: string): string | null {
    const channel = seen.get(sku)?.channel ?? null;
    return channel === null ? null : unsupportedBecause(channel);
  }

  async function look(skus: readonly string[], call: CallContext): Promise<void> {
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(LONGEST_LOOK_MS)]);
    try {
      saw(await findItems(client, skus, { ...call, signal }));
    } catch (error) {
      // Refused credentials would be refused for the write, too.
      if (!(error instanceof ChannelError) || error.failure === "unauthorized") throw error;
      call.log.warn({ code: error.code }, "Amazon did not answer who fulfills listings that are to be written");
    }
  }

  return {
    saw,
    async handedOver(skus, call) {
      const doubtful = skus.filter(
        (sku) => (seen.get(sku)?.at ?? 0) <= Date.now() - HOLDS_MS || whyHandedOver(sku) !== null,
      );
      if (doubtful.length > 0) await look(doubtful, call);
      return new Map(
        skus.flatMap((sku): [string, string][] => {
          const reason = whyHandedOver(sku);
          return reason === null ? [] : [[sku, reason]];
        }),
      );
    },
    whyHandedOver,
  };
}
