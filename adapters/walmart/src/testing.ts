import { createOutbound, type ListingRef, type Pacer } from "@lastunit/adapter-contract";
import { MemoryCredentials, unpaced } from "@lastunit/adapter-contract/conformance";
import { createLogger } from "@lastunit/config";
import nock from "nock";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { walmartAdapter } from "./adapter.ts";
import type { WalmartCredentials, WalmartSettings } from "./credentials.ts";

const log = createLogger({ level: "silent", name: "walmart-test" });

/** Lets nothing out but to the nocked Walmart, and fails a test that did not make a call it announced. */
export function useNockedWalmart(): void {
  beforeAll(() => nock.disableNetConnect());
  afterEach(() => {
    const pending = nock.pendingMocks();
    nock.cleanAll();
    expect(pending).toEqual([]);
  });
  afterAll(() => nock.enableNetConnect());
}

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
  const credentials = new MemoryCredentials<WalmartCredentials>({
    clientId: "client-id",
    clientSecret: "client-secret",
    accessToken: "token-1",
    accessTokenExpiresAt: Date.now() + 900_000,
    ...options.credentials,
  });
  const outbound = createOutbound({ endpoints: options.endpoint ? { walmart: options.endpoint } : {}, log });
  const settings: WalmartSettings = { sellerId: "10001", ...options.settings };
  const session = walmartAdapter.open({
    channelId: "channel-1",
    key: "walmart:10001",
    settings,
    credentials,
    outbound,
    pacer: options.pacer ?? unpaced,
    log,
  });
  const channel = { channelId: "channel-1", settings, credentials, url: "https://hub.example/walmart", outbound };
  return { session, credentials, channel };
}

export function listing(sku: string, externalLocationId: string | null = null): ListingRef {
  return { listingId: `listing-${sku}`, sku, externalId: sku, externalLocationId, external: {} };
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
