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
  const known = (subscriptionId: string, eventType: string, eventUrl = url) => ({
    subscriptionId,
    eventType,
    eventUrl,
    status: "INACTIVE",
  });

  it("makes a secret, stores it, and subscribes to both events with it", async () => {
    const { session, credentials } = connect();
    walmart().get("/v3/webhooks/subscriptions").reply(404, errors("CONTENT_NOT_FOUND", "None"));
    const sent: { events: { authDetails: { clientSecret: string } }[] }[] = [];
    walmart()
      .post("/v3/webhooks/subscriptions", (body: (typeof sent)[number]) => sent.push(body) > 0)
      .twice()
      .reply(200, { event: [] });
    await session.subscribe?.(url, callWithin());
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
  ])("writes what is there again instead of adding to it (list %s), with the stored secret", async (_name, list) => {
    const { session } = connect({ credentials: { webhookSecret: secret } });
    const elsewhere = known("s-0", "ORDER_UPDATES", "https://other.example");
    walmart()
      .get("/v3/webhooks/subscriptions")
      .reply(200, list([elsewhere, known("s-1", "ORDER_UPDATES"), known("s-2", "INVENTORY_OOS")]));
    const orders = walmart()
      .patch("/v3/webhooks/subscriptions/s-1", definition("ORDER_UPDATES", "ORDER", secret))
      .reply(200, {});
    const outOfStock = walmart()
      .patch("/v3/webhooks/subscriptions/s-2", definition("INVENTORY_OOS", "INVENTORY", secret))
      .reply(200, {});
    await session.subscribe?.(url, callWithin());
    expect([orders.isDone(), outOfStock.isDone()]).toEqual([true, true]);
  });
});
