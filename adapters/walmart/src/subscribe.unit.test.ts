import { callWithin } from "@lastunit/adapter-contract/conformance";
import { describe, expect, it } from "vitest";
import { connect, errors, useNockedWalmart, walmart } from "./testing.ts";

const secret = "webhook-secret";

describe("subscribing", () => {
  useNockedWalmart();

  const url = "https://hub.example/walmart";
  const definition = (eventType: string, resourceName: string, clientSecret: string) => ({
    eventType,
    eventVersion: "V1",
    resourceName,
    eventUrl: url,
    authDetails: { authMethod: "HMAC", authHeaderName: "X-Hub-Walmart-Auth", clientSecret },
    headers: { "content-type": "application/json" },
    status: "ACTIVE",
  });
  const known = (subscriptionId: string, eventType: string, changes: object = {}) => ({
    subscriptionId,
    eventType,
    eventUrl: url,
    status: "ACTIVE",
    authDetails: { authMethod: "HMAC", authHeaderName: "X-Hub-Walmart-Auth" },
    ...changes,
  });
  const orders = known("s-1", "ORDER_UPDATES");
  const outOfStock = known("s-2", "INVENTORY_OOS");
  const listed = (...subscriptions: readonly object[]) =>
    walmart().get("/v3/webhooks/subscriptions").reply(200, { events: subscriptions });
  const stored = { credentials: { webhookSecret: secret } };

  it("makes a secret, stores it, and subscribes to both events with it", async () => {
    const { session, credentials } = connect();
    walmart().get("/v3/webhooks/subscriptions").reply(404, errors("CONTENT_NOT_FOUND", "None"));
    const sent: { events: { authDetails: { clientSecret: string } }[] }[] = [];
    walmart()
      .post("/v3/webhooks/subscriptions", (body: (typeof sent)[number]) => sent.push(body) > 0)
      .twice()
      .reply(200, { event: [] });
    expect(await session.subscribe?.(url, callWithin())).toEqual([
      "ORDER_UPDATES was not subscribed; it is subscribed now.",
      "INVENTORY_OOS was not subscribed; it is subscribed now.",
    ]);
    const { webhookSecret = "" } = await credentials.read();
    expect(webhookSecret).toMatch(/^[0-9a-f]{64}$/);
    expect(sent).toEqual([
      { events: [definition("ORDER_UPDATES", "ORDER", webhookSecret)] },
      { events: [definition("INVENTORY_OOS", "INVENTORY", webhookSecret)] },
    ]);
  });

  it.each([
    ["flat", (subscriptions: readonly object[]) => ({ events: subscriptions })],
    ["grouped", (subscriptions: readonly object[]) => ({ events: [{ event: subscriptions }] })],
    ["under event", (subscriptions: readonly object[]) => ({ event: subscriptions })],
  ])("leaves alone what stands, and other software's (list %s)", async (_name, list) => {
    const { session } = connect(stored);
    const elsewhere = known("s-0", "ORDER_UPDATES", { eventUrl: "https://other.example", status: "INACTIVE" });
    walmart()
      .get("/v3/webhooks/subscriptions")
      .reply(200, list([elsewhere, known("s-9", "REPORT_STATUS", { eventUrl: null }), orders, outOfStock]));
    expect(await session.subscribe?.(url, callWithin())).toEqual([]);
  });

  it("subscribes to the other events when the key may not view one resource, and says which was refused", async () => {
    const { session } = connect(stored);
    listed();
    const subscribing = (eventType: string, resourceName: string) =>
      walmart().post("/v3/webhooks/subscriptions", { events: [definition(eventType, resourceName, secret)] });
    subscribing("ORDER_UPDATES", "ORDER").reply(403, errors("FORBIDDEN.GMP_GATEWAY_API", "No access"));
    const others = subscribing("INVENTORY_OOS", "INVENTORY").reply(200, {});
    await expect(session.subscribe?.(url, callWithin())).rejects.toMatchObject({
      failure: "unauthorized",
      message: "Walmart refused ORDER_UPDATES: No access",
    });
    expect(others.isDone()).toBe(true);
  });

  it.each([
    ["was inactive", { status: "INACTIVE" }],
    ["was not signed by HMAC", { authDetails: { authMethod: "BASIC_AUTH" } }],
    ["was signed in the header X-Other", { authDetails: { authMethod: "HMAC", authHeaderName: "X-Other" } }],
  ])("writes a subscription again that %s, with the stored secret", async (fault, changes) => {
    const { session } = connect(stored);
    listed({ ...orders, ...changes }, outOfStock);
    walmart()
      .patch("/v3/webhooks/subscriptions/s-1", definition("ORDER_UPDATES", "ORDER", secret))
      .reply(200, {});
    expect(await session.subscribe?.(url, callWithin())).toEqual([`ORDER_UPDATES ${fault}; it is subscribed now.`]);
  });

  it("writes all again when it had to make another secret: Walmart never tells the one it signs with", async () => {
    const { session } = connect();
    listed(orders, outOfStock);
    walmart().patch("/v3/webhooks/subscriptions/s-1").reply(200, {});
    walmart().patch("/v3/webhooks/subscriptions/s-2").reply(200, {});
    expect(await session.subscribe?.(url, callWithin())).toHaveLength(2);
  });

  it.each(["eventTypes", "events"])(
    "subscribes to what Walmart offers of returns, where they go back to stock (%s)",
    async (key) => {
      const { session } = connect({ ...stored, settings: { restockReturns: "yes" } });
      listed(orders, outOfStock);
      const offered = [
        { eventType: "RETURN_CREATED", eventVersion: "V1", resourceName: "RETURNS", description: "" },
        { eventType: "BUY_BOX_CHANGED", eventVersion: "V1", resourceName: "PRICE", description: "" },
      ];
      walmart()
        .get("/v3/webhooks/eventTypes")
        .reply(200, { [key]: offered });
      const created = { events: [definition("RETURN_CREATED", "RETURNS", secret)] };
      walmart().post("/v3/webhooks/subscriptions", created).reply(200, {});
      expect(await session.subscribe?.(url, callWithin())).toHaveLength(1);
    },
  );
});
