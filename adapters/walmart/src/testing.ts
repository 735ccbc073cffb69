import { once } from "node:events";
import type { Pacer } from "@lastunit/adapter-contract";
import { listingOf, openNocked, useNock } from "@lastunit/adapter-contract/nocked";
import nock from "nock";
import { walmartAdapter } from "./adapter.ts";
import type { WalmartCredentials, WalmartSettings } from "./credentials.ts";

export { useNock as useNockedWalmart };

/** What no error may show. */
export const secrets = ["client-secret", "token-1", "token-2", "refresh-1"];

export function walmart(): nock.Scope {
  return nock("https://marketplace.walmartapis.com");
}

/** A connected seller; the token is good for 15 minutes unless the test says otherwise. */
export function connect(
  options: {
    readonly credentials?: Partial<WalmartCredentials>;
    readonly settings?: Partial<WalmartSettings>;
    readonly pacer?: Pacer;
    /** A server to call instead of the nocked Walmart. */
    readonly endpoint?: URL;
  } = {},
) {
  const settings: WalmartSettings = { sellerId: "10001", ...options.settings };
  const opened = openNocked(walmartAdapter, {
    ...options,
    credentials: {
      clientId: "client-id",
      clientSecret: "client-secret",
      accessToken: "token-1",
      accessTokenExpiresAt: Date.now() + 900_000,
      ...options.credentials,
    },
    settings,
  });
  return { ...opened, channel: { ...opened.channel, settings } };
}

export function listing(sku: string, externalLocationId: string | null = null) {
  return listingOf(sku, { externalLocationId });
}

export function update(ref: ReturnType<typeof listing>, quantity: number) {
  return { listing: ref, quantity, expected: null, position: 1 };
}

/** A pacer that never gives a turn of this bucket. */
export function spentBucket(spent: string): Pacer {
  return {
    async spend(bucket, work, how) {
      if (bucket !== spent) return await work();
      await once(how?.signal ?? new EventTarget(), "abort");
      how?.signal?.throwIfAborted();
      return await work();
    },
    observe: () => {},
  };
}

/** The account's ship nodes, asked for once. */
export function expectShipNodes(...ids: readonly string[]): void {
  walmart()
    .get("/v3/settings/shipping/shipnodes")
    .reply(
      200,
      ids.map((shipNode) => ({ shipNode, nodeType: "PHYSICAL", shipNodeName: `Node ${shipNode}` })),
    );
}

const each = (amount: number) => ({ unit: "EACH", amount });

/** The answer of `GET /v3/inventories/{sku}`, from Walmart's OpenAPI sample. */
export function nodes(sku: string, ...stock: readonly { shipNode: string; available: number; reserved: number }[]) {
  return {
    sku,
    nodes: stock.map(({ shipNode, available, reserved }) => ({
      shipNode,
      inputQty: each(available + reserved),
      availToSellQty: each(available),
      reservedQty: each(reserved),
    })),
  };
}

/** An error body as Walmart's "Error codes" page shows it. */
export function errors(code: string, description: string, category = "DATA") {
  return { errors: [{ code, field: "sku", description, info: description, severity: "ERROR", category, causes: [] }] };
}

/** A page of `GET /v3/orders`. */
export function ordersPage(orders: readonly object[], nextCursor: string | null = null) {
  return { list: { meta: { totalCount: orders.length, limit: 200, nextCursor }, elements: { order: orders } } };
}

/** A purchase order, from Walmart's OpenAPI sample, cut to one line. */
export function purchaseOrder(purchaseOrderId: string, statuses: readonly { status: string; amount: string }[]) {
  return {
    purchaseOrderId,
    customerOrderId: "5281956426648",
    customerEmailId: "3A31739D8B0A45A1B23F7F8C81C8747F@relay.walmart.com",
    orderType: "REGULAR",
    orderDate: 1_568_466_571_000,
    shipNode: { type: "SellerFulfilled", name: "East", id: "100009" },
    orderLines: {
      orderLine: [
        {
          lineNumber: "4",
          item: { productName: "Laundry bag", sku: "BAG-BLU", condition: "New" },
          orderLineQuantity: { unitOfMeasurement: "EACH", amount: "3" },
          statusDate: 1_568_466_647_000,
          orderLineStatuses: {
            orderLineStatus: statuses.map(({ status, amount }) => ({
              status,
              statusQuantity: { unitOfMeasurement: "EACH", amount },
            })),
          },
        },
      ],
    },
  };
}
