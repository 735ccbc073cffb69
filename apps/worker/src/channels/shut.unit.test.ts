import { createOutbound, type ChannelKind } from "@lastunit/adapter-contract";
import { adapterOf } from "@lastunit/adapters";
import { createLogger } from "@lastunit/config";
import { expect, it } from "vitest";
import { callContext } from "../call.ts";
import { shut } from "./shut.ts";

/** A delivery of each platform about which it must be asked. */
const hints: readonly { kind: ChannelKind; settings: object; topic: string; body: object }[] = [
  { kind: "shopify", settings: { shop: "acme.myshopify.com" }, topic: "orders/updated", body: { id: 5001 } },
  { kind: "shopify", settings: { shop: "acme.myshopify.com" }, topic: "app/uninstalled", body: {} },
  { kind: "ebay", settings: { seller: "acme" }, topic: "AUTHORIZATION_REVOCATION", body: {} },
  {
    kind: "walmart",
    settings: { sellerId: "10001" },
    topic: "PO_CREATED",
    body: { payload: { purchaseOrderId: "5001" } },
  },
  {
    kind: "amazon",
    settings: { sellerId: "A1", region: "na", marketplaceId: "M1" },
    topic: "ORDER_CHANGE",
    body: {
      NotificationType: "ORDER_CHANGE",
      NotificationMetadata: { NotificationId: "n-1" },
      Payload: {
        OrderChangeNotification: {
          NotificationLevel: "OrderItemLevel",
          SellerId: "A1",
          AmazonOrderId: "5001",
          Summary: { MarketplaceId: "M1", FulfillmentType: "MFN" },
        },
      },
    },
  },
];

it.each(hints)("a shut session of $kind fails on $topic for want of a call, and makes none", async (hint) => {
  const log = createLogger({ name: "test", level: "silent" });
  // Nobody listens there: a call would fail in another way.
  const outbound = createOutbound({ endpoints: { [hint.kind]: new URL("http://127.0.0.1:1") }, log });
  const connection = { channelId: "c-1", key: `${hint.kind}:acme`, settings: hint.settings, outbound, log };
  const session = adapterOf(hint.kind).open({ ...connection, ...shut });
  const body = Buffer.from(JSON.stringify(hint.body));
  const delivery = { deliveryId: "d-1", topic: hint.topic, headers: {}, body, receivedAt: new Date().toISOString() };
  const call = callContext({ stopping: new AbortController().signal, log });
  await expect(session.normalize(delivery, call)).rejects.toMatchObject({
    failure: "unavailable",
    code: "needs_reconnect",
  });
  await session.close();
});
