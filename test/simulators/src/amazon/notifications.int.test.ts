import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { asObject } from "../kit/index.ts";
import type { Simulator } from "../simulator.ts";
import { eventually } from "../testing/eventually.ts";
import { at, listAt, textAt } from "../testing/path.ts";
import { amazonClient } from "../testing/amazon-client.ts";
import { startAmazonSimulator } from "./index.ts";

let simulator: Simulator;
let seller: ReturnType<typeof amazonClient>;

beforeEach(async () => {
  simulator = await startAmazonSimulator({ seed: 1, scaleLimits: 100 });
  seller = amazonClient(
    simulator,
    await simulator.addAccount({ account: "acme", listings: [{ sku: "A", quantity: 5 }] }),
  );
});
afterEach(() => simulator.stop());

const DESTINATIONS = "/notifications/v1/destinations";
const subscriptionPath = (type: string) => `/notifications/v1/subscriptions/${type}`;

async function sqs(action: string, body: object) {
  const answer = await fetch(new URL(seller.queueUrl).origin, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${action}` },
    body: JSON.stringify({ QueueUrl: seller.queueUrl, ...body }),
  });
  return asObject(await answer.json());
}

const queueArn = async () =>
  textAt(await sqs("GetQueueAttributes", { AttributeNames: ["QueueArn"] }), "Attributes.QueueArn");
async function createDestination(arn?: string) {
  const own = { "x-amz-access-token": await seller.grantless() };
  return seller.call("POST", DESTINATIONS, { name: "hub", resourceSpecification: { sqs: { arn } } }, own);
}
async function subscribe(type: string, processingDirective?: object) {
  const { body } = await createDestination(await queueArn());
  const destinationId = textAt(body, "payload.destinationId");
  return seller.call("POST", subscriptionPath(type), { payloadVersion: "1.0", destinationId, processingDirective });
}
const queued = (count: number) =>
  eventually(() => {
    const events = simulator.history("acme").filter((event) => event.type === "notified");
    expect(events.map(({ status }) => status)).toEqual(Array.from({ length: count }, () => "queued"));
  });
async function messages(count: number) {
  await queued(count);
  const found = listAt(await sqs("ReceiveMessage", { MaxNumberOfMessages: 10 }), "Messages");
  expect(found).toHaveLength(count);
  return found.map((message) => asObject(JSON.parse(textAt(message, "Body"))));
}
async function buy(pending = false): Promise<string> {
  const order = await simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity: 2 }], pending });
  if ("refused" in order) throw new Error("sold out");
  return order.orderId;
}

describe("destinations and subscriptions", () => {
  it("exist once each: a second one is a conflict", async () => {
    expect((await seller.call("GET", subscriptionPath("ORDER_CHANGE"))).status).toBe(404);
    expect((await subscribe("ORDER_CHANGE")).status).toBe(200);
    const { body } = await seller.call("GET", subscriptionPath("ORDER_CHANGE"));
    const destinationId = textAt(body, "payload.destinationId");
    const again = await seller.call("POST", subscriptionPath("ORDER_CHANGE"), { payloadVersion: "1.0", destinationId });
    expect(again.status).toBe(409);
    expect((await createDestination(await queueArn())).status).toBe(409);
  });

  it("refuse a queue that isn't the seller's, an unknown destination and an unknown type", async () => {
    expect((await createDestination("arn:aws:sqs:us-east-1:1:other")).status).toBe(400);
    const body = { payloadVersion: "1.0", destinationId: "none" };
    expect((await seller.call("POST", subscriptionPath("ORDER_CHANGE"), body)).status).toBe(400);
    expect((await subscribe("ORDER_EATEN")).status).toBe(400);
  });

  it("without them nothing is sent", async () => {
    await buy();
    expect(at(await sqs("ReceiveMessage", { MaxNumberOfMessages: 10 }), "Messages.0")).toBeUndefined();
    expect(simulator.history("acme").filter(({ type }) => type === "notified")).toEqual([]);
  });
});

describe("a subscription", () => {
  it("is ended by the app, by its id, and can be made again", async () => {
    const { body } = await subscribe("ORDER_CHANGE");
    const id = textAt(body, "payload.subscriptionId");
    const end = async (path: string, headers = {}) => (await seller.call("DELETE", path, undefined, headers)).status;
    const own = { "x-amz-access-token": await seller.grantless() };
    expect(await end(`${subscriptionPath("ORDER_CHANGE")}/${id}`)).toBe(403);
    expect(await end(`${subscriptionPath("ORDER_CHANGE")}/other`, own)).toBe(404);
    expect(await end(`${subscriptionPath("ORDER_CHANGE")}/${id}`, own)).toBe(200);
    expect((await seller.call("GET", subscriptionPath("ORDER_CHANGE"))).status).toBe(404);
  });

  it("is dropped by switchOff", async () => {
    await subscribe("ORDER_CHANGE");
    await simulator.switchOff?.("acme");
    await buy();
    expect(simulator.history("acme").filter(({ type }) => type === "notified")).toEqual([]);
    expect((await seller.call("GET", subscriptionPath("ORDER_CHANGE"))).status).toBe(404);
  });
});

describe("an event filter", () => {
  const filter = (more: object = {}) => ({ eventFilter: { eventFilterType: "ORDER_CHANGE", ...more } });
  const ours = { marketplaceIds: ["ATVPDKIKX0DER"], orderChangeTypes: ["OrderStatusChange"] };

  it("lets through what it names, and is told with the subscription", async () => {
    await subscribe("ORDER_CHANGE", filter(ours));
    const { body } = await seller.call("GET", subscriptionPath("ORDER_CHANGE"));
    expect(body).toMatchObject({ payload: { processingDirective: filter(ours) } });
    await buy();
    await queued(1);
  });

  it.each([{ marketplaceIds: ["A2EUQ1WTGCTBG2"] }, { orderChangeTypes: ["BuyerRequestedChange"] }])(
    "keeps back what %o leaves out",
    async (narrow) => {
      const echo = "LISTINGS_ITEM_MFN_QUANTITY_CHANGE";
      const { body } = await subscribe("ORDER_CHANGE", filter(narrow));
      const destinationId = textAt(body, "payload.destinationId");
      await seller.call("POST", subscriptionPath(echo), { payloadVersion: "1.0", destinationId });
      await buy();
      // Sent after the other one, if that is sent.
      await queued(1);
      expect(simulator.history("acme").flatMap((event) => (event.type === "notified" ? [event.topic] : []))).toEqual([
        echo,
      ]);
    },
  );

  it.each([
    ["of another type", { eventFilter: { eventFilterType: "ANY_OFFER_CHANGED" } }],
    ["with a kind of change that there is not", filter({ orderChangeTypes: ["Eaten"] })],
    ["beside a filter expression", { ...filter(), filterExpression: "true" }],
  ])("is refused %s", async (_case, directive) => {
    expect((await subscribe("ORDER_CHANGE", directive)).status).toBe(400);
  });

  it("is refused for a type that has none", async () => {
    const answer = await subscribe("LISTINGS_ITEM_MFN_QUANTITY_CHANGE", filter());
    expect(answer.status).toBe(400);
  });
});

describe("ORDER_CHANGE", () => {
  it("puts an order that stands into the seller's queue, in PascalCase", async () => {
    await subscribe("ORDER_CHANGE");
    const orderId = await buy();
    expect(await messages(1)).toMatchObject([
      {
        NotificationType: "ORDER_CHANGE",
        PayloadVersion: "1.0",
        Payload: {
          OrderChangeNotification: {
            SellerId: seller.sellerId,
            AmazonOrderId: orderId,
            OrderChangeType: "OrderStatusChange",
            Summary: {
              OrderStatus: "Unshipped",
              FulfillmentType: "MFN",
              OrderItems: [{ SellerSKU: "A", Quantity: 2 }],
            },
          },
        },
        NotificationMetadata: { NotificationId: expect.any(String) },
      },
    ]);
  });

  it("says nothing of a new pending order, only of what becomes of it", async () => {
    await subscribe("ORDER_CHANGE");
    const settled = await buy(true);
    const cancelled = await buy(true);
    await simulator.settleOrder("acme", settled);
    await simulator.cancelOrder("acme", cancelled);
    const told = (await messages(2)).map((message) => at(message, "Payload"));
    expect(told).toEqual(
      expect.arrayContaining([
        { OrderChangeNotification: expect.objectContaining({ AmazonOrderId: settled }) },
        {
          OrderChangeNotification: expect.objectContaining({
            AmazonOrderId: cancelled,
            Summary: expect.objectContaining({ OrderStatus: "Canceled" }),
          }),
        },
      ]),
    );
  });

  it("is queued again by redeliver with the same notification id", async () => {
    await subscribe("ORDER_CHANGE");
    await buy();
    await queued(1);
    expect(await simulator.redeliver("acme", 2)).toEqual({ sent: 2, failed: 0 });
    const ids = (await messages(3)).map((message) => textAt(message, "NotificationMetadata.NotificationId"));
    expect(new Set(ids).size).toBe(1);
  });
});

describe("LISTINGS_ITEM_MFN_QUANTITY_CHANGE", () => {
  it("echoes our own writes and Amazon's moves alike", async () => {
    await subscribe("LISTINGS_ITEM_MFN_QUANTITY_CHANGE");
    await buy();
    const value = [{ fulfillment_channel_code: "DEFAULT", quantity: 9 }];
    const patches = [{ op: "merge", path: "/attributes/fulfillment_availability", value }];
    const path = `/listings/2021-08-01/items/${seller.sellerId}/A?marketplaceIds=ATVPDKIKX0DER`;
    await seller.call("PATCH", path, { productType: "PRODUCT", patches });
    const told = (await messages(2)).map((message) => at(message, "Payload"));
    const about = { SellerId: seller.sellerId, FulfillmentChannelCode: "DEFAULT", Sku: "A" };
    expect(told).toEqual(
      expect.arrayContaining([
        { ...about, Quantity: 3 },
        { ...about, Quantity: 9 },
      ]),
    );
  });
});
