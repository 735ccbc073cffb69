import type { OrderSnapshot } from "./orders.ts";
import type { CredentialBox } from "./adapter.ts";
import type { Outbound } from "./outbound.ts";

/** An inbound HTTP request, untouched: signatures cover the raw bytes. */
export interface RawRequest {
  readonly method: string;
  /** Path and query as received. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Header names in lower case. */
  readonly headers: { readonly [name: string]: string | undefined };
  readonly body: Uint8Array;
}

/** The channel a request was addressed to. */
export interface WebhookChannel<Credentials, Settings> {
  readonly channelId: string;
  readonly settings: Settings;
  readonly credentials: CredentialBox<Credentials>;
  /** The public address this request was sent to, as it was registered with the channel. */
  readonly url: string;
  readonly outbound: Outbound;
}

export interface VerifiedDelivery {
  /** The channel's id of this delivery, stable over its retries: the same id is stored once. */
  readonly deliveryId: string;
  readonly topic: string;
}

/** The gateway's side of a channel: proves that a request is genuine, nothing more. */
export interface WebhookReceiver<Credentials, Settings> {
  /** Answers a handshake such as eBay's challenge; undefined when the request is not one. */
  handshake?(
    request: RawRequest,
    channel: WebhookChannel<Credentials, Settings>,
  ): Promise<{ readonly status: number; readonly body: string } | undefined>;
  /**
   * Verifies over the raw bytes, in constant time, and reads no more of the body than the delivery's id and topic.
   * @param now the current time, epoch milliseconds; for signatures that carry a timestamp.
   * @throws {WebhookError} missing, forged or stale signature; unreadable body.
   */
  verify(request: RawRequest, channel: WebhookChannel<Credentials, Settings>, now: number): Promise<VerifiedDelivery>;
}

/** A stored delivery. */
export interface Delivery {
  readonly deliveryId: string;
  readonly topic: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array;
  /** ISO 8601. */
  readonly receivedAt: string;
}

/** What a delivery tells. All lists empty means: nothing that concerns stock. */
export interface InboundFacts {
  readonly orders: readonly OrderSnapshot[];
  readonly movements: readonly StockMovement[];
  readonly signals: readonly ChannelSignal[];
}

/** A stock movement reported by a POS, 3PL or ERP, in the ledger's own words. `key` names it for ever within the channel. */
export interface StockMovement {
  readonly key: string;
  readonly eventType:
    | "inventory.sale"
    | "inventory.return"
    | "inventory.receiving"
    | "inventory.adjustment"
    | "inventory.transfer";
  readonly sku: string;
  readonly externalLocationId: string | null;
  readonly toExternalLocationId?: string;
  /** Units moved, positive; for an adjustment the signed change, absent when `setOnHand` is given. */
  readonly quantity?: number;
  readonly setOnHand?: number;
  readonly orderId?: string;
  readonly reason?: string;
  readonly occurredAt: string;
}

/** Something to know that moves no stock by itself. */
export type ChannelSignal =
  /**
   * What the channel says it shows. An echo of our write or of its own sale: never a ledger event. `available` is null
   * when it shows no number there any more (Shopify, when an item leaves a location): write it in full.
   */
  | {
      readonly type: "quantity_shown";
      readonly externalId: string;
      readonly externalLocationId: string | null;
      readonly available: number | null;
      readonly occurredAt: string;
    }
  /** What it shows may have moved without a sale or a write of ours (Walmart, when an order ships): read it. */
  | {
      readonly type: "quantity_doubted";
      readonly externalId: string;
      readonly externalLocationId: string | null;
      readonly occurredAt: string;
    }
  /** The merchant removed our access. */
  | { readonly type: "disconnected"; readonly reason: string };
