import { callWithin } from "@lastunit/adapter-contract/conformance";
import { useNock } from "@lastunit/adapter-contract/nocked";
import { describe, expect, it } from "vitest";
import { amazon, channelErrorOf, connect, SELLER } from "../testing/harness.ts";

const ORDER = "903-8868176-2219830";
const nothing = { orders: [], movements: [], signals: [] };

function orderChange(summary: object = {}, change: object = {}) {
  return {
    NotificationType: "ORDER_CHANGE",
    EventTime: "2026-11-20T10:30:00Z",
    Payload: {
      OrderChangeNotification: {
        NotificationLevel: "OrderLevel",
        SellerId: SELLER,
        AmazonOrderId: ORDER,
        OrderChangeType: "OrderStatusChange",
        ...change,
        Summary: {
          MarketplaceId: "ATVPDKIKX0DER",
          OrderStatus: "Unshipped",
          PurchaseDate: "2026-11-20T09:00:00Z",
          FulfillmentType: "MFN",
          NumberOfItemsShipped: 0,
          NumberOfItemsUnshipped: 3,
          OrderItems: [{ OrderItemId: "1", SellerSKU: "CAP", SupplySourceId: "source", Quantity: 3 }],
          ...summary,
        },
      },
    },
    NotificationMetadata: { NotificationId: "d0e9e693" },
  };
}

function normalize(message: object) {
  const delivery = {
    deliveryId: "d0e9e693",
    topic: "ORDER_CHANGE",
    headers: {},
    body: Buffer.from(JSON.stringify(message)),
    receivedAt: "2026-11-20T10:31:00.000Z",
  };
  return connect().session.normalize(delivery, callWithin());
}

const snapshot = {
  orderId: ORDER,
  placedAt: "2026-11-20T09:00:00.000Z",
  lines: [
    {
      lineId: "1",
      item: { refs: ["CAP"], sku: "CAP" },
      externalLocationId: null,
      quantity: 3,
      state: "sold",
      reversals: [],
    },
  ],
};

describe("normalize", () => {
  useNock();

  it("takes an order from a notification that tells all of it", async () => {
    expect(await normalize(orderChange())).toEqual({ ...nothing, orders: [snapshot] });
  });

  it("takes it also when the time of the notification can't be read, which counts for nothing", async () => {
    expect((await normalize({ ...orderChange(), EventTime: "yesterday" })).orders).toEqual([snapshot]);
  });

  it("says the same of an order as the poller", async () => {
    const told = {
      orderId: ORDER,
      createdTime: "2026-11-20T09:00:00Z",
      lastUpdatedTime: "2026-11-20T10:30:00Z",
      fulfillment: { fulfillmentStatus: "UNSHIPPED", fulfilledBy: "MERCHANT" },
      orderItems: [{ orderItemId: "1", quantityOrdered: 3, product: { sellerSku: "CAP" } }],
    };
    amazon()
      .get("/orders/2026-01-01/orders")
      .query(true)
      .reply(200, { orders: [told] });
    const { orders } = await connect().session.pollOrders(new Date(), callWithin());
    expect((await normalize(orderChange())).orders).toEqual(orders);
  });

  it.each([
    ["Canceled", "cancelled_pending"],
    ["Pending", "pending"],
    ["PendingAvailability", "pending"],
    ["PartiallyShipped", "sold"],
    ["Shipped", "sold"],
    ["Unfulfillable", "sold"],
    ["InvoiceUnconfirmed", "sold"],
  ])("reads %s as %s", async (OrderStatus, state) => {
    const { orders } = await normalize(orderChange({ OrderStatus }));
    expect(orders[0]?.lines).toMatchObject([{ state, quantity: 3 }]);
  });

  it.each([
    ["only one item is told", orderChange({}, { NotificationLevel: "OrderItemLevel" })],
    ["fewer units are left than were ordered", orderChange({ NumberOfItemsUnshipped: 2 })],
    [
      "an item was cancelled",
      orderChange({ OrderItems: [{ OrderItemId: "1", OrderItemStatus: "Canceled", Quantity: 3 }] }),
    ],
    ["a quantity fell to zero", orderChange({ OrderItems: [{ OrderItemId: "1", Quantity: 0 }] })],
    ["the units shipped are not counted", orderChange({ NumberOfItemsShipped: null })],
    ["the units to be shipped are not counted", orderChange({ NumberOfItemsUnshipped: null })],
    ["the purchase date is missing", orderChange({ PurchaseDate: null })],
  ])("reads the order when %s", async (_name, message) => {
    const order = {
      orderId: ORDER,
      createdTime: "2026-11-20T09:00:00Z",
      lastUpdatedTime: "2026-11-20T10:30:00Z",
      fulfillment: { fulfillmentStatus: "UNSHIPPED", fulfilledBy: "MERCHANT" },
      orderItems: [{ orderItemId: "1", quantityOrdered: 3, product: { sellerSku: "CAP" } }],
    };
    amazon()
      .get(`/orders/2026-01-01/orders/${ORDER}`)
      .query({ includedData: "FULFILLMENT,CANCELLATION" })
      .reply(200, { order });
    expect(await normalize(message)).toEqual({ ...nothing, orders: [snapshot] });
  });

  it.each([
    ["an FBA order", orderChange({ FulfillmentType: "AFN" })],
    ["another seller", orderChange({}, { SellerId: "A2OTHER" })],
    ["another marketplace", orderChange({ MarketplaceId: "A2EUQ1WTGCTBG2" })],
    [
      "another type, spelled with small letters",
      { notificationType: "FEED_PROCESSING_FINISHED", payload: {}, notificationMetadata: { notificationId: "1" } },
    ],
    [
      "a quantity that changed, whether we wrote it or a buyer took it",
      { ...orderChange(), NotificationType: "LISTINGS_ITEM_MFN_QUANTITY_CHANGE", Payload: { Sku: "CAP", Quantity: 4 } },
    ],
    ["no notification at all", { hello: "world" }],
  ])("finds nothing of ours in %s", async (_name, message) => {
    expect(await normalize(message)).toEqual(nothing);
  });

  it("takes the units of a replacement order like any other's", async () => {
    const message = orderChange({ OrderPrograms: ["Replacement"] });
    expect(await normalize(message)).toEqual({ ...nothing, orders: [snapshot] });
  });

  it("gives nothing back when the buyer only asks to cancel", async () => {
    const OrderItems = [{ OrderItemId: "1", SellerSKU: "CAP", Quantity: 3, IsBuyerRequestedCancel: true }];
    const message = orderChange({ OrderItems }, { OrderChangeType: "BuyerRequestedChange" });
    expect(await normalize(message)).toEqual({ ...nothing, orders: [snapshot] });
  });

  it("refuses an ORDER_CHANGE that is not of the documented shape", async () => {
    const error = await channelErrorOf(normalize({ ...orderChange(), Payload: {} }));
    expect(error).toMatchObject({ failure: "rejected", code: "malformed_notification" });
  });
});
