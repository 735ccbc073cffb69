import { callWithin } from "@lastunit/adapter-contract/conformance";
import { useNock } from "@lastunit/adapter-contract/nocked";
import { describe, expect, it } from "vitest";
import { amazon, channelErrorOf, connect, errors, login, MARKETPLACE, SELLER } from "../testing/harness.ts";

const settings = { sqsQueueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/orders" };
const arn = "arn:aws:sqs:us-east-1:123456789012:orders";
const ours = { destinationId: "destination-1", name: `lastunit-${SELLER}-orders`, resource: { sqs: { arn } } };
const other = (name: string) => ({
  destinationId: "destination-2",
  name,
  resource: { sqs: { arn: `${arn}-of-another` } },
});
const DESTINATIONS = "/notifications/v1/destinations";
const SUBSCRIPTION = "/notifications/v1/subscriptions/ORDER_CHANGE";
const app = () => amazon("Atza|app");

function loginAsApp(times: number) {
  login(({ grant_type, scope }) => grant_type === "client_credentials" && scope === "sellingpartnerapi::notifications")
    .times(times)
    .reply(200, { access_token: "Atza|app", expires_in: 3_600 });
}

const destinations = (...payload: object[]) => app().get(DESTINATIONS).reply(200, { payload });
const subscribedTo = (destinationId: string, more: object = {}) =>
  amazon()
    .get(SUBSCRIPTION)
    .reply(200, { payload: { subscriptionId: "subscription-1", payloadVersion: "1.0", destinationId, ...more } });
const filtered = (eventFilter: object) => ({
  processingDirective: { eventFilter: { eventFilterType: "ORDER_CHANGE", ...eventFilter } },
});
const expressed = { processingDirective: { filterExpression: 'payload.marketplaceId == "A2EUQ1WTGCTBG2"' } };
const notSubscribed = () => amazon().get(SUBSCRIPTION).reply(404, errors("NotFound", "no subscription"));
const subscribing = () =>
  amazon()
    .post(SUBSCRIPTION, {
      payloadVersion: "1.0",
      destinationId: "destination-1",
      processingDirective: {
        eventFilter: {
          eventFilterType: "ORDER_CHANGE",
          marketplaceIds: [MARKETPLACE],
          orderChangeTypes: ["OrderStatusChange", "BuyerRequestedChange"],
        },
      },
    })
    .reply(200, { payload: { subscriptionId: "subscription-2" } });

const subscribe = () => connect({ settings }).session.subscribe!("https://hub.example/amazon", callWithin());

describe("subscribe", () => {
  useNock();

  it("makes a destination of the queue as the app, subscribes the seller to order changes alone, and says both", async () => {
    loginAsApp(2);
    destinations();
    app()
      .post(DESTINATIONS, { name: ours.name, resourceSpecification: { sqs: { arn } } })
      .reply(200, { payload: ours });
    notSubscribed();
    subscribing();
    expect(await subscribe()).toEqual([
      expect.stringContaining("made known to Amazon"),
      expect.stringContaining("not subscribed"),
    ]);
  });

  it("mends nothing where all of it stands", async () => {
    loginAsApp(1);
    destinations(other("somebody"), ours);
    subscribedTo("destination-1");
    expect(await subscribe()).toEqual([]);
  });

  it("mends nothing where its filter lets through more than is needed", async () => {
    loginAsApp(1);
    destinations(ours);
    const orderChangeTypes = ["OrderStatusChange", "BuyerRequestedChange", "DeliveryTipChange"];
    subscribedTo("destination-1", filtered({ marketplaceIds: ["A2EUQ1WTGCTBG2", MARKETPLACE], orderChangeTypes }));
    expect(await subscribe()).toEqual([]);
  });

  it.each([
    ["leaves a marketplace out", filtered({ marketplaceIds: ["A2EUQ1WTGCTBG2"] })],
    ["leaves changes out", filtered({ orderChangeTypes: ["BuyerRequestedChange"] })],
    ["is an expression, which may", expressed],
  ])("subscribes anew where its filter %s", async (_name, filter) => {
    loginAsApp(2);
    destinations(ours);
    subscribedTo("destination-1", filter);
    app().delete(`${SUBSCRIPTION}/subscription-1`).reply(200, {});
    subscribing();
    expect(await subscribe()).toEqual([expect.stringContaining("left out")]);
  });

  it("subscribes again when Amazon dropped the subscription", async () => {
    loginAsApp(1);
    destinations(ours);
    notSubscribed();
    subscribing();
    expect(await subscribe()).toHaveLength(1);
  });

  it.each([
    ["a former queue of ours", [ours, other(`lastunit-${SELLER}-former`)]],
    ["a destination that is no more", [ours]],
  ])("moves the subscription from %s to the queue", async (_name, known) => {
    loginAsApp(2);
    destinations(...known);
    subscribedTo("destination-2");
    app().delete(`${SUBSCRIPTION}/subscription-1`).reply(200, {});
    subscribing();
    expect(await subscribe()).toEqual([expect.stringContaining("former queue")]);
  });

  it("takes the notifications from nobody else's queue, and names it", async () => {
    loginAsApp(1);
    destinations(ours, other("erp"));
    subscribedTo("destination-2");
    const error = await channelErrorOf(subscribe());
    expect(error).toMatchObject({ failure: "rejected", code: "subscribed_elsewhere" });
    expect(error.message).toContain(`"erp"`);
  });

  it("asks nothing of Amazon without a queue", async () => {
    expect(await connect().session.subscribe!("https://hub.example", callWithin())).toEqual([]);
  });
});
