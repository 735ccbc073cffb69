import type nock from "nock";
import { describe, expect, it } from "vitest";
import {
  amazon,
  callWithin,
  channelErrorOf,
  connect,
  errors,
  login,
  MARKETPLACE,
  SELLER,
  useNockedAmazon,
} from "../testing/harness.ts";

const settings = { sqsQueueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/orders" };
const arn = "arn:aws:sqs:us-east-1:123456789012:orders";
const destination = { destinationId: "destination-1", name: "orders", resource: { sqs: { arn } } };
const subscriptions = "/notifications/v1/subscriptions";
const app = () => amazon("Atza|app");

function loginAsApp(times: number) {
  login(({ grant_type, scope }) => grant_type === "client_credentials" && scope === "sellingpartnerapi::notifications")
    .times(times)
    .reply(200, { access_token: "Atza|app", expires_in: 3_600 });
}

function subscribed(type: string, body: nock.DataMatcherMap) {
  return amazon()
    .post(`${subscriptions}/${type}`, body)
    .reply(200, { payload: { subscriptionId: "subscription-1" } });
}

const subscribe = () => connect({ settings }).session.subscribe!("https://hub.example/amazon", callWithin());

describe("subscribe", () => {
  useNockedAmazon();

  it("makes a destination of the queue as the app, and subscribes the seller to both types", async () => {
    loginAsApp(2);
    app().get("/notifications/v1/destinations").reply(200, { payload: [] });
    app()
      .post("/notifications/v1/destinations", {
        name: `lastunit-${SELLER}`,
        resourceSpecification: { sqs: { arn } },
      })
      .reply(200, { payload: destination });
    subscribed("ORDER_CHANGE", {
      payloadVersion: "1.0",
      destinationId: "destination-1",
      processingDirective: {
        eventFilter: {
          eventFilterType: "ORDER_CHANGE",
          marketplaceIds: [MARKETPLACE],
          orderChangeTypes: ["OrderStatusChange", "BuyerRequestedChange"],
        },
      },
    });
    const quantityBody = { payloadVersion: "1.0", destinationId: "destination-1" };
    subscribed("LISTINGS_ITEM_MFN_QUANTITY_CHANGE", quantityBody);
    await expect(subscribe()).resolves.toBeUndefined();
  });

  it("is content with what exists already", async () => {
    loginAsApp(1);
    app()
      .get("/notifications/v1/destinations")
      .reply(200, { payload: [destination] });
    amazon()
      .post(/ORDER_CHANGE$|QUANTITY_CHANGE$/)
      .times(2)
      .reply(409, errors("ResourceConflict", "exists"));
    amazon()
      .get(/ORDER_CHANGE$|QUANTITY_CHANGE$/)
      .times(2)
      .reply(200, { payload: { subscriptionId: "subscription-1", destinationId: "destination-1" } });
    await expect(subscribe()).resolves.toBeUndefined();
  });

  it("says so when the notifications already go to another queue", async () => {
    loginAsApp(1);
    app()
      .get("/notifications/v1/destinations")
      .reply(200, { payload: [destination] });
    amazon().post(`${subscriptions}/ORDER_CHANGE`).reply(409, errors("ResourceConflict", "exists"));
    amazon()
      .get(`${subscriptions}/ORDER_CHANGE`)
      .reply(200, { payload: { subscriptionId: "subscription-1", destinationId: "destination-2" } });
    expect(await channelErrorOf(subscribe())).toMatchObject({ failure: "rejected", code: "subscribed_elsewhere" });
  });

  it("asks nothing of Amazon without a queue", async () => {
    await expect(connect().session.subscribe!("https://hub.example", callWithin())).resolves.toBeUndefined();
  });
});
