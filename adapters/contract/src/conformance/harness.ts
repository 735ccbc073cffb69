import { randomUUID } from "node:crypto";
import { createLogger } from "@lastunit/config";
import { afterEach, beforeEach } from "vitest";
import type { CallContext, ChannelAdapter, ChannelSession } from "../adapter.ts";
import type { ListingRef } from "../inventory.ts";
import type { RawRequest, WebhookChannel } from "../webhooks.ts";
import type { MemoryCredentials } from "./memory-credentials.ts";

/** A freshly connected channel on a simulator, with the controls a test needs. Nothing here is the adapter's own doing. */
export interface ConformanceHarness {
  readonly adapter: ChannelAdapter;
  readonly session: ChannelSession;
  readonly settings: object;
  readonly credentials: Pick<MemoryCredentials<object>, "renewals" | "read">;
  /** What `check` must call the account. */
  readonly account: string;
  /** The channel as the gateway knows it; `url` is where the captured deliveries arrive. */
  readonly channel: WebhookChannel<unknown, unknown>;
  /** The same channel with another signing secret; absent where the channel signs with its own key. */
  readonly strangersChannel?: WebhookChannel<unknown, unknown>;
  /** Every request the channel has sent to `channel.url`, oldest first. */
  deliveries(): readonly RawRequest[];
  /** Sends every notification made so far again. */
  redeliver(): Promise<void>;
  /** A well-formed listing of an item the channel does not know. */
  unknownListing(known: ListingRef): ListingRef;
  /** What a buyer can buy now, from the simulator's own books. */
  shown(sku: string): number;
  placeOrder(lines: readonly ConformanceLine[]): Promise<{ readonly orderId: string }>;
  /** The buyer cancels the whole order. */
  cancelOrder(orderId: string): Promise<void>;
  /** Orders that may still vanish; absent where an order stands at once. */
  readonly pending?: {
    place(lines: readonly ConformanceLine[]): Promise<{ readonly orderId: string }>;
    settle(orderId: string): Promise<void>;
  };
  /** Refunds units of one line, back to stock or not; absent where the channel does not tell which. */
  refund?(orderId: string, refund: ConformanceLine & { readonly restock: boolean }): Promise<void>;
  /** Whether the channel tells of a cancellation by itself, or only when it is polled. */
  readonly notifiesCancellations: boolean;
  fault(fault: ConformanceFault): void;
  /** Leaves the adapter with an access token that the channel no longer takes; absent where tokens do not expire. */
  expireToken?(): Promise<void>;
  /** The merchant takes all access away. */
  revoke(): void;
  stop(): Promise<void>;
}

export interface ConformanceLine {
  readonly sku: string;
  readonly quantity: number;
}

export interface ConformanceFault {
  /** Which calls it hits: the next quantity write, or the next read-back of quantities. */
  readonly on: "write" | "read";
  readonly effect:
    | { readonly type: "throttle" | "reset" | "lose_answer" | "cut" }
    | { readonly type: "status"; readonly status: number; readonly body: string }
    | { readonly type: "delay"; readonly ms: number };
}

export interface ConformanceSeed {
  readonly listings: readonly ConformanceLine[];
  /** The merchant granted less than keeping stock in step needs; only asked for where `canRestrict` says so. */
  readonly restricted: boolean;
}

export type MakeHarness = (seed: ConformanceSeed) => Promise<ConformanceHarness>;

/** Three listings, enough for every case but paging. */
export const smallCatalog = [
  { sku: "CAP-RED", quantity: 5 },
  { sku: "CAP-BLU", quantity: 7 },
  { sku: "CAP-GRN", quantity: 9 },
] as const satisfies readonly ConformanceLine[];

/** A fresh harness for each test of the block. */
export function useHarness(make: MakeHarness, seed: Partial<ConformanceSeed> = {}) {
  let harness: ConformanceHarness | undefined;
  beforeEach(async () => {
    harness = await make({ listings: smallCatalog, restricted: false, ...seed });
  });
  afterEach(async () => {
    await harness?.session.close();
    await harness?.stop();
    harness = undefined;
  });
  return () => {
    if (!harness) throw new Error("the harness exists only inside a test");
    return harness;
  };
}

/** The context of one call with its own idempotency key. */
export function callWithin(ms = 15_000): CallContext {
  return {
    signal: AbortSignal.timeout(ms),
    idempotencyKey: randomUUID(),
    log: createLogger({ level: "silent", name: "conformance" }),
  };
}
