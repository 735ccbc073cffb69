import type { ChannelSession } from "@lastunit/adapter-contract";
import nock from "nock";
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  call,
  channelErrorOf,
  credentials,
  ebay,
  openSession,
  tokenAnswer,
  tokenEndpoint,
  useNock,
} from "../testing/harness.ts";
import { ENDPOINT } from "../testing/signing.ts";

useNock();

const base = "/commerce/notification/v1";
const verificationToken = "t".repeat(40);
const ready = { ...credentials, verificationToken };
const destination = {
  destinationId: "dest-1",
  name: "Lastunit shop.example.com",
  status: "ENABLED",
  deliveryConfig: { endpoint: ENDPOINT, verificationToken },
};
const topics = ["ORDER_CONFIRMATION", "AUTHORIZATION_REVOCATION"];

async function subscribe(session: ChannelSession, context = call()): Promise<readonly string[] | undefined> {
  return session.subscribe?.(ENDPOINT, context);
}

/** Asked as the application; never with the seller's token. */
function application(): nock.Scope {
  return ebay("app-token");
}

beforeEach(() => {
  tokenEndpoint(/grant_type=client_credentials/).reply(200, tokenAnswer("app-token"));
});

function configured(alertEmail = "ops@example.com") {
  application().get(`${base}/config`).reply(200, { alertEmail });
}

function destinations(...found: object[]) {
  application().get(`${base}/destination`).query({ limit: "100" }).reply(200, { destinations: found });
}

function topic(topicId: string, scope = "USER") {
  const payload = { format: ["JSON"], deliveryProtocol: "HTTPS", deprecated: false };
  application()
    .get(`${base}/topic/${topicId}`)
    .reply(200, {
      topicId,
      scope,
      supportedPayloads: [
        { ...payload, schemaVersion: "1.9" },
        { ...payload, schemaVersion: "1.10" },
        { ...payload, schemaVersion: "2.0", deprecated: true },
      ],
    });
}

function subscriptions(...found: object[]) {
  ebay().get(`${base}/subscription`).query({ limit: "100" }).reply(200, { subscriptions: found });
}

function subscribed(topicId: string, more: object = {}) {
  return { subscriptionId: `sub-${topicId}`, topicId, destinationId: "dest-1", status: "ENABLED", ...more };
}

const wanted = {
  destinationId: "dest-1",
  status: "ENABLED",
  payload: { format: "JSON", schemaVersion: "1.10", deliveryProtocol: "HTTPS" },
};

describe("subscribing", () => {
  it("makes everything at a keyset that has nothing, the verification token stored before eBay can challenge", async () => {
    const { session, credentials: box } = openSession();
    application()
      .get(`${base}/config`)
      .reply(404, { errors: [{ errorId: 195026, category: "APPLICATION", message: "Configuration Not Found." }] });
    application().put(`${base}/config`, { alertEmail: "ebay-alerts@shop.example.com" }).reply(204);
    destinations();
    application()
      .post(`${base}/destination`)
      .reply(async (request: Request) => {
        const { verificationToken } = await box.read();
        expect(verificationToken).toMatch(/^[A-Za-z0-9_-]{43}$/);
        expect(await request.json()).toEqual({
          name: "Lastunit shop.example.com",
          status: "ENABLED",
          deliveryConfig: { endpoint: ENDPOINT, verificationToken },
        });
        return [201, {}, { location: `https://api.ebay.com${base}/destination/dest-1` }];
      });
    for (const topicId of topics) {
      topic(topicId);
      subscriptions();
      ebay()
        .post(`${base}/subscription`, { topicId, ...wanted })
        .reply(201, {});
    }

    await expect(subscribe(session)).resolves.toEqual([
      "eBay's alerts went to nobody: now to ebay-alerts@shop.example.com.",
      `eBay did not know the address ${ENDPOINT}: entered as a destination.`,
      "ORDER_CONFIRMATION was not subscribed to: subscribed.",
      "AUTHORIZATION_REVOCATION was not subscribed to: subscribed.",
    ]);

    expect(await box.read()).toMatchObject(credentials);
  });

  it("changes nothing the second time", async () => {
    configured();
    destinations({ ...destination, destinationId: "other", deliveryConfig: { endpoint: "https://else" } }, destination);
    for (const topicId of topics) {
      topic(topicId);
      subscriptions(...topics.map((id) => subscribed(id)));
    }
    await expect(subscribe(openSession(ready).session)).resolves.toEqual([]);
  });

  it("mends a destination marked down and subscriptions that are off or go elsewhere", async () => {
    configured();
    destinations({ ...destination, status: "MARKED_DOWN" });
    application()
      .put(`${base}/destination/dest-1`, ({ status }: { status: string }) => status === "ENABLED")
      .reply(204);
    topic("ORDER_CONFIRMATION");
    subscriptions(subscribed("ORDER_CONFIRMATION", { status: "DISABLED" }));
    ebay().put(`${base}/subscription/sub-ORDER_CONFIRMATION`, wanted).reply(204);
    topic("AUTHORIZATION_REVOCATION");
    subscriptions(subscribed("AUTHORIZATION_REVOCATION", { destinationId: "old" }));
    ebay().put(`${base}/subscription/sub-AUTHORIZATION_REVOCATION`, wanted).reply(204);
    await expect(subscribe(openSession(ready).session)).resolves.toEqual([
      `The destination ${ENDPOINT} was MARKED_DOWN (eBay does that when deliveries fail): mended.`,
      "The subscription to ORDER_CONFIRMATION was DISABLED: mended.",
      "The subscription to AUTHORIZATION_REVOCATION went to another destination: mended.",
    ]);
  });

  it("gives eBay the new verification token when the destination has another", async () => {
    configured();
    destinations({ ...destination, deliveryConfig: { endpoint: ENDPOINT, verificationToken: "old".repeat(12) } });
    application().put(`${base}/destination/dest-1`, /tttt/).reply(204);
    for (const topicId of topics) {
      topic(topicId);
      subscriptions(subscribed(topicId));
    }
    await expect(subscribe(openSession(ready).session)).resolves.toEqual([
      `The destination ${ENDPOINT} had another verification token: mended.`,
    ]);
  });

  it("leaves the channel to polling, with a line in the log, where eBay does not grant a topic", async () => {
    const context = call();
    const warn = vi.spyOn(context.log, "warn");
    configured();
    destinations(destination);
    topic("ORDER_CONFIRMATION");
    subscriptions();
    ebay()
      .post(`${base}/subscription`)
      .reply(403, {
        errors: [{ errorId: 195011, domain: "API_NOTIFICATION", message: "Not authorized for this topic." }],
      });
    topic("AUTHORIZATION_REVOCATION");
    subscriptions();
    ebay()
      .post(`${base}/subscription`)
      .reply(409, { errors: [{ errorId: 195012, message: "Subscription already exists" }] });
    await expect(subscribe(openSession(ready).session, context)).resolves.toEqual([]);
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      { channel: "ebay:acme", topic: "ORDER_CONFIRMATION" },
      expect.stringContaining("polling only"),
    );
  });

  it("leaves the alert address alone when a page of the edge, and not eBay, says that there is none", async () => {
    application().get(`${base}/config`).reply(404, "<html>Not Found</html>");
    const error = await channelErrorOf(subscribe(openSession(ready).session), "app-token");
    expect(error).toMatchObject({ failure: "unavailable", code: "404" });
  });

  it("gives eBay the verification token where it does not tell which one it has, and calls that no mending", async () => {
    configured();
    destinations({ ...destination, deliveryConfig: { endpoint: ENDPOINT } });
    application().put(`${base}/destination/dest-1`, /tttt/).reply(204);
    for (const topicId of topics) {
      topic(topicId);
      subscriptions(subscribed(topicId));
    }
    await expect(subscribe(openSession(ready).session)).resolves.toEqual([]);
  });

  it("subscribes to the other topics when one is refused, and then fails with eBay's words", async () => {
    configured();
    destinations(destination);
    application()
      .get(`${base}/topic/ORDER_CONFIRMATION`)
      .reply(404, { errors: [{ errorId: 195027, message: "Invalid or missing topic id." }] });
    topic("AUTHORIZATION_REVOCATION");
    subscriptions();
    ebay()
      .post(`${base}/subscription`, /AUTHORIZATION_REVOCATION/)
      .reply(201, {});
    const error = await channelErrorOf(subscribe(openSession(ready).session), "app-token");
    expect(error).toMatchObject({ failure: "rejected", code: "195027" });
  });

  it("moves a subscription to the newest version of its topic, and leaves one that is of it", async () => {
    configured();
    destinations(destination);
    topic("ORDER_CONFIRMATION");
    subscriptions(subscribed("ORDER_CONFIRMATION", { payload: { schemaVersion: "1.9" } }));
    ebay().put(`${base}/subscription/sub-ORDER_CONFIRMATION`, wanted).reply(204);
    topic("AUTHORIZATION_REVOCATION");
    const old = { subscriptionId: "sub-old", status: "DISABLED", payload: { schemaVersion: "1.9" } };
    subscriptions(
      subscribed("AUTHORIZATION_REVOCATION", old),
      subscribed("AUTHORIZATION_REVOCATION", { payload: { schemaVersion: "1.10" } }),
    );
    await expect(subscribe(openSession(ready).session)).resolves.toEqual([
      "The subscription to ORDER_CONFIRMATION was of version 1.9, and eBay's newest is 1.10: mended.",
    ]);
  });

  it("subscribes to an application's topic as the application", async () => {
    configured();
    destinations(destination);
    for (const topicId of topics) {
      topic(topicId, "APPLICATION");
      application()
        .get(`${base}/subscription`)
        .query(true)
        .reply(200, { subscriptions: [subscribed(topicId)] });
    }
    await expect(subscribe(openSession(ready).session)).resolves.toEqual([]);
  });

  it("reads long lists to their end", async () => {
    configured();
    application()
      .get(`${base}/destination`)
      .query({ limit: "100" })
      .reply(200, {
        destinations: [],
        next: `https://api.ebay.com${base}/destination?limit=100&continuation_token=p2`,
      });
    application()
      .get(`${base}/destination`)
      .query({ limit: "100", continuation_token: "p2" })
      .reply(200, { destinations: [destination] });
    for (const topicId of topics) {
      topic(topicId);
      subscriptions(subscribed(topicId));
    }
    await expect(subscribe(openSession(ready).session)).resolves.toEqual([]);
  });

  const exists = { errors: [{ errorId: 195021, message: "Destination exists for this endpoint" }] };

  it("takes the destination that another process has entered meanwhile", async () => {
    configured();
    destinations();
    application().post(`${base}/destination`).reply(409, exists);
    destinations(destination);
    for (const topicId of topics) {
      topic(topicId);
      subscriptions(subscribed(topicId));
    }
    await expect(subscribe(openSession(ready).session)).resolves.toHaveLength(1);
  });

  it("fails when eBay says that it has the address and does not list it", async () => {
    configured();
    destinations();
    application().post(`${base}/destination`).reply(409, exists);
    destinations();
    const error = await channelErrorOf(subscribe(openSession(ready).session), "app-token");
    expect(error).toMatchObject({ failure: "rejected", code: "195021" });
  });

  it("shortens the destination's name to the 64 letters eBay takes", async () => {
    const url = `https://${"long.".repeat(20)}example.com/webhooks/ebay/1`;
    configured();
    destinations();
    application()
      .post(`${base}/destination`, ({ name }: { name: string }) => name.length === 64)
      .reply(409, { errors: [{ errorId: 195020 }] });
    const error = await channelErrorOf(openSession(ready).session.subscribe?.(url, call()) ?? Promise.resolve());
    expect(error.code).toBe("195020");
  });

  it("fails when eBay's challenge was not answered", async () => {
    configured();
    destinations();
    application()
      .post(`${base}/destination`)
      .reply(409, { errors: [{ errorId: 195020, message: "Challenge verification failed for requested endpoint" }] });
    const { session } = openSession(ready);
    const error = await channelErrorOf(subscribe(session), "app-token");
    expect(error).toMatchObject({ failure: "rejected", code: "195020" });
  });
});
