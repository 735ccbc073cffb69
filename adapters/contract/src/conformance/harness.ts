import { randomUUID } from "node:crypto";
import { createLogger } from "@lastunit/config";
import type { CallContext, ChannelAdapter, ChannelSession } from "../adapter.ts";
import type { ConnectAnswers } from "../authorization.ts";
import type { ListingRef } from "../inventory.ts";
import type { Pacer } from "../pacing.ts";
import type { Money } from "../prices.ts";
import type { RawRequest, WebhookChannel } from "../webhooks.ts";
import type { MemoryCredentials } from "./memory-credentials.ts";

/** A freshly connected channel on a simulator, with the controls a test needs. Nothing here is the adapter's own doing. */
export interface ConformanceHarness {
  readonly adapter: ChannelAdapter;
  readonly session: ChannelSession;
  /** Another process's session of the same channel, or of what a consent granted; the test closes it. */
  openSession(granted?: { readonly credentials: unknown; readonly settings: unknown }): ChannelSession;
  readonly settings: object;
  readonly credentials: Pick<MemoryCredentials<object>, "renewals" | "read">;
  /** What `check` must call the account. */
  readonly account: string;
  /** What `check` must name when the merchant granted too little (`restricted`). */
  readonly missing: string;
  /** How long a consent lasts, in milliseconds, by the channel's own books; absent where it does not end by itself. */
  readonly consentLastsMs?: number;
  /** The channel as the gateway knows it; `url` is where the captured deliveries arrive. */
  readonly channel: WebhookChannel<unknown, unknown>;
  /** The same channel with another signing secret; absent where the channel signs with its own key. */
  readonly strangersChannel?: WebhookChannel<unknown, unknown>;
  /** Every request the channel has sent to `channel.url`, oldest first. */
  deliveries(): readonly RawRequest[];
  /** Sends every notification made so far again. */
  redeliver(): Promise<void>;
  /** The channel switches off what we are subscribed to. */
  readonly switchOff: () => Promise<void>;
  /** The channel signs with another secret or key from now on, and the merchant has done what it asks for then. */
  readonly rotateSigning?: () => Promise<void>;
  /** Whether the channel tells us of our own quantity writes. */
  readonly echoes: boolean;
  /** Every call that reached the channel, in the order they were answered. */
  calls(): readonly ConformanceCall[];
  /** A well-formed listing of an item the channel does not know. */
  unknownListing(known: ListingRef): ListingRef;
  /** What a buyer can buy now, from the simulator's own books. */
  shown(sku: string): number;
  /** @param agoMs how long ago by the channel's clock, in milliseconds; default 0. */
  placeOrder(lines: readonly ConformanceLine[], agoMs?: number): Promise<{ readonly orderId: string }>;
  /** Whether this simulator's order ids are numbers beyond 2^53. */
  readonly hasHugeIds: boolean;
  /** The buyer cancels the whole order. */
  cancelOrder(orderId: string): Promise<void>;
  /** Units of one line are cancelled before they ship; absent where the channel cancels whole orders only. */
  readonly cancelUnits?: (orderId: string, units: ConformanceLine) => Promise<void>;
  /** The merchant ships the order. */
  readonly ship: (orderId: string) => Promise<void>;
  /** Orders that may still vanish; absent where an order stands at once. */
  readonly pending?: {
    place(lines: readonly ConformanceLine[]): Promise<{ readonly orderId: string }>;
    settle(orderId: string): Promise<void>;
  };
  /** Refunds units of one line, back to stock or not; absent where the channel does not tell which. */
  readonly refund?: (orderId: string, refund: ConformanceLine & { readonly restock: boolean }) => Promise<void>;
  /** Whether the channel tells of a cancellation by itself, or only when it is polled. */
  readonly notifiesCancellations: boolean;
  fault(fault: ConformanceFault): void;
  /** Whether the channel says how long to wait when it throttles. */
  readonly namesThrottleWait: boolean;
  /** Whether a throttle answer says when the next calls come back, so that the pacer can keep every call until then. */
  readonly namesRefill: boolean;
  /** The next feed is accepted and never worked off. */
  stickFeed(): void;
  /** Leaves the adapter with an access token that the channel no longer takes. */
  readonly expireToken: () => Promise<void>;
  /** The merchant takes all access away. */
  revoke(): void;
  /** A merchant in front of the platform's consent page. */
  readonly consent: {
    readonly answers: ConnectAnswers;
    readonly redirectUrl: string;
    /** Opens the page and agrees or declines. @returns the query that the browser comes back with. */
    open(page: URL, decision: "agree" | "decline"): Promise<URLSearchParams>;
  };
  /** What buyers are asked to pay. */
  readonly prices: {
    readonly currency: string;
    shown(sku: string): { readonly price: Money; readonly sale: Money | null };
  };
  stop(): Promise<void>;
}

export interface ConformanceLine {
  readonly sku: string;
  readonly quantity: number;
}

export interface ConformanceListing extends ConformanceLine {
  readonly barcode?: string;
}

export interface ConformanceCall {
  readonly operation: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly answeredAt: number;
  readonly throttled: boolean;
}

export interface ConformanceFault {
  /** Which calls it hits: the next quantity write, the next read-back of quantities, or the next feed's submission. */
  readonly on: "write" | "read" | "feed";
  /** How many of them; default 1. */
  readonly times?: number;
  readonly effect:
    | { readonly type: "throttle" | "reset" | "lose_answer" | "cut" }
    | { readonly type: "status"; readonly status: number; readonly body: string }
    | { readonly type: "delay"; readonly ms: number };
}

export interface ConformanceSeed {
  readonly listings: readonly ConformanceListing[];
  /** The merchant granted less than keeping stock in step needs. */
  readonly restricted: boolean;
  /** Keeps the adapter's calls ahead of its limits; absent: every call goes at once. */
  readonly pacerFor?: (adapter: ChannelAdapter) => Pacer;
  /** Multiplies the channel's rate limits; absent: no call reaches them. */
  readonly scaleLimits?: number;
}

export type MakeHarness = (seed: ConformanceSeed) => Promise<ConformanceHarness>;

/** Three listings, enough for most cases. */
export const smallCatalog = [
  { sku: "CAP-RED", quantity: 5 },
  { sku: "CAP-BLU", quantity: 7 },
  { sku: "CAP-GRN", quantity: 9 },
] as const satisfies readonly ConformanceListing[];

/** What a case gets that asks for nothing else. */
export const usualSeed: ConformanceSeed = { listings: smallCatalog, restricted: false };

/** The context of one call with its own idempotency key. */
export function callWithin(ms = 15_000): CallContext {
  return callUntil(AbortSignal.timeout(ms));
}

export function callUntil(signal: AbortSignal, urgency: "prompt" | "background" = "prompt"): CallContext {
  return { signal, idempotencyKey: randomUUID(), urgency, log: createLogger({ level: "silent", name: "conformance" }) };
}
