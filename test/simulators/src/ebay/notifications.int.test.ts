import { createHash, createVerify } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../testing/eventually.ts";
import { startReceiver, type Receiver, type Received } from "./receiver.ts";
import { openEbay, type EbayBench } from "./testing.ts";

const base = "/commerce/notification/v1";
const verificationToken = "71745723-d031-455c-bfa5-f90d11b4f20a";
let ebay: EbayBench;
let receiver: Receiver;
let application: string;
let user: string;

beforeEach(async () => {
  ebay = await openEbay([
    { sku: "A", quantity: 3 },
    { sku: "B", quantity: 3 },
  ]);
  application = await ebay.applicationToken();
  user = await ebay.userToken();
  receiver = await startReceiver(answerChallenge);
});

afterEach(async () => {
  await ebay.simulator.stop();
  await receiver.stop();
});

/** As eBay's docs have it: hex(sha256(challengeCode + verificationToken + endpoint)). */
function answerChallenge({ method, path }: Received, url: string) {
  if (method !== "GET") return undefined;
  const code = new URLSearchParams(path.split("?")[1]).get("challenge_code") ?? "";
  const challengeResponse = createHash("sha256").update(`${code}${verificationToken}${url}`).digest("hex");
  return { status: 200, body: { challengeResponse } };
}

const config = () => ebay.call("PUT", `${base}/config`, { token: application, json: { alertEmail: "ops@acme.test" } });
const destination = (changes: object = {}, delivery: object = {}) =>
  ebay.call("POST", `${base}/destination`, {
    token: application,
    json: {
      name: "hub",
      status: "ENABLED",
      deliveryConfig: { endpoint: receiver.url, verificationToken, ...delivery },
      ...changes,
    },
  });
const subscription = (destinationId: string, token = user, topicId = "ORDER_CONFIRMATION") =>
  ebay.call("POST", `${base}/subscription`, {
    token,
    json: {
      topicId,
      destinationId,
      status: "ENABLED",
      payload: { format: "JSON", schemaVersion: "1.0", deliveryProtocol: "HTTPS" },
    },
  });

async function subscribe(): Promise<string> {
  await config();
  const destinationId = (await destination()).headers.get("location")?.split("/").at(-1) ?? "";
  expect((await subscription(destinationId)).status).toBe(201);
  return destinationId;
}

const order = (notify?: { copies: number }) =>
  ebay.simulator.placeOrder({
    account: "acme",
    lines: [
      { sku: "A", quantity: 1 },
      { sku: "B", quantity: 1 },
    ],
    ...(notify && { notify }),
  });
const posts = () => receiver.received.filter(({ method }) => method === "POST");
const signatureOf = ({ headers }: Received) =>
  JSON.parse(Buffer.from(String(headers["x-ebay-signature"]), "base64").toString());

describe("setting up", () => {
  it("needs the alert address first", async () => {
    expect(await destination()).toMatchObject({ status: 409, body: { errors: [{ errorId: 195003 }] } });
    expect((await ebay.call("GET", `${base}/config`, { token: application })).status).toBe(404);
    expect((await config()).status).toBe(204);
    expect((await destination()).status).toBe(201);
  });

  it("registers an endpoint that meets the challenge and names it in Location", async () => {
    await config();
    const created = await destination();
    const path = new URL(created.headers.get("location") ?? "").pathname;
    expect((await ebay.call("GET", path, { token: application })).body).toMatchObject({
      status: "ENABLED",
      deliveryConfig: { endpoint: receiver.url, verificationToken },
    });
    expect(await destination()).toMatchObject({ status: 409, body: { errors: [{ errorId: 195021 }] } });
  });

  it("refuses an endpoint that fails the challenge", async () => {
    await config();
    const other = { verificationToken: "x".repeat(32) };
    expect(await destination({}, other)).toMatchObject({ status: 409, body: { errors: [{ errorId: 195020 }] } });
  });

  it("refuses plain http beyond loopback and a verification token that is too short or has strange characters", async () => {
    await config();
    const http = { endpoint: "http://acme.test/hook" };
    expect(await destination({}, http)).toMatchObject({ status: 400, body: { errors: [{ errorId: 195017 }] } });
    for (const bad of ["x".repeat(31), "x".repeat(81), `${"x".repeat(31)}!`]) {
      const refused = await destination({}, { verificationToken: bad });
      expect(refused).toMatchObject({ status: 400, body: { errors: [{ errorId: 195019 }] } });
    }
  });

  it("takes a seller's topic from that seller's token alone, and once", async () => {
    const destinationId = await subscribe();
    expect(await subscription(destinationId)).toMatchObject({ status: 409, body: { errors: [{ errorId: 195012 }] } });
    const refused = await subscription(destinationId, application);
    expect(refused).toMatchObject({ status: 403, body: { errors: [{ errorId: 195011 }] } });
    const mine = await ebay.call("GET", `${base}/subscription`, { token: user });
    expect(mine.body.subscriptions).toMatchObject([{ topicId: "ORDER_CONFIRMATION", destinationId }]);
    expect((await ebay.call("GET", `${base}/subscription`, { token: application })).body.subscriptions).toEqual([]);
  });

  it("tells a topic's scope and schema version", async () => {
    const { body } = await ebay.call("GET", `${base}/topic/ORDER_CONFIRMATION`, { token: application });
    expect(body).toMatchObject({ scope: "USER", supportedPayloads: [{ schemaVersion: "1.0" }] });
    expect((await ebay.call("GET", `${base}/topic/NOTHING`, { token: application })).status).toBe(404);
  });
});

describe("ORDER_CONFIRMATION", () => {
  it("is sent once for each line item, signed over the raw bytes", async () => {
    await subscribe();
    const placed = await order();
    await eventually(() => expect(posts()).toHaveLength(2));
    const ids = new Set<string>();
    for (const post of posts()) {
      const { metadata, notification } = JSON.parse(post.body);
      expect(metadata).toEqual({ topic: "ORDER_CONFIRMATION", schemaVersion: "1.0", deprecated: false });
      expect(notification.data).toMatchObject(placed);
      ids.add(notification.notificationId);

      const { kid, signature, alg, digest } = signatureOf(post);
      expect([alg, digest]).toEqual(["ecdsa", "SHA1"]);
      const { body } = await ebay.call("GET", `${base}/public_key/${kid}`, { token: application });
      expect(body).toMatchObject({ algorithm: "ECDSA", digest: "SHA1", key: expect.not.stringContaining("\n") });
      const pem = body.key.replace("KEY-----", "KEY-----\n").replace("-----END", "\n-----END");
      const isSigned = (bytes: string) => createVerify("sha1").update(bytes).verify(pem, signature, "base64");
      expect(isSigned(post.body)).toBe(true);
      expect(isSigned(`${post.body} `)).toBe(false);
    }
    expect(ids.size).toBe(2);
    expect((await ebay.call("GET", `${base}/public_key/unknown`, { token: application })).status).toBe(404);
  });

  it("can be lost, doubled and redelivered under the same notification id", async () => {
    await subscribe();
    await order({ copies: 0 });
    await order({ copies: 2 });
    await eventually(() => expect(posts()).toHaveLength(4));
    expect(await ebay.simulator.redeliver("acme", 1)).toEqual({ sent: 4, failed: 0 });
    const ids = posts().map(({ body }) => JSON.parse(body).notification.notificationId);
    expect(new Set(ids).size).toBe(4);
    expect(ids).toHaveLength(8);
  });

  it("is not sent to a seller who didn't subscribe, nor through a disabled subscription", async () => {
    await order();
    const destinationId = await subscribe();
    const { body } = await ebay.call("GET", `${base}/subscription`, { token: user });
    const [{ subscriptionId, payload }] = body.subscriptions;
    const json = { status: "DISABLED", destinationId, payload };
    const disabled = await ebay.call("PUT", `${base}/subscription/${subscriptionId}`, { token: user, json });
    expect(disabled.status).toBe(204);
    await order();
    expect(await ebay.simulator.redeliver("acme", 1)).toEqual({ sent: 0, failed: 0 });
    expect(posts()).toEqual([]);
  });

  it("is not followed by another one when the order is cancelled: eBay has no such topic", async () => {
    await subscribe();
    const placed = await order();
    await eventually(() => expect(posts()).toHaveLength(2));
    if ("orderId" in placed) await ebay.simulator.cancelOrder("acme", placed.orderId);
    expect(await ebay.simulator.redeliver("acme", 1)).toEqual({ sent: 2, failed: 0 });
  });
});

describe("AUTHORIZATION_REVOCATION", () => {
  it("tells the application that a seller took the access back", async () => {
    await config();
    const destinationId = (await destination()).headers.get("location")?.split("/").at(-1) ?? "";
    expect((await subscription(destinationId, application, "AUTHORIZATION_REVOCATION")).status).toBe(201);
    ebay.simulator.fault({ account: "acme", effect: { type: "revoke" } });
    expect((await ebay.call("GET", "/sell/fulfillment/v1/order", { token: user })).status).toBe(401);
    await eventually(() => expect(posts()).toHaveLength(1));
    expect(JSON.parse(posts()[0]?.body ?? "").notification.data).toMatchObject({ username: "acme" });
  });
});

describe("what eBay does in the course of time", () => {
  it("marks a destination down and disables its subscriptions, and takes them back when they are put right", async () => {
    const destinationId = await subscribe();
    await ebay.simulator.switchOff?.("acme");
    const destinations = await ebay.call("GET", `${base}/destination`, { token: application });
    expect(destinations.body.destinations).toMatchObject([{ status: "MARKED_DOWN" }]);
    const { body } = await ebay.call("GET", `${base}/subscription`, { token: user });
    expect(body.subscriptions).toMatchObject([{ status: "DISABLED" }]);
    await order();

    const [{ subscriptionId, payload }] = body.subscriptions;
    const enabled = { destinationId, status: "ENABLED", payload };
    const put = () => ebay.call("PUT", `${base}/subscription/${subscriptionId}`, { token: user, json: enabled });
    expect(await put()).toMatchObject({ status: 409, body: { errors: [{ errorId: 195015 }] } });
    const json = { name: "hub", status: "ENABLED", deliveryConfig: { endpoint: receiver.url, verificationToken } };
    await ebay.call("PUT", `${base}/destination/${destinationId}`, { token: application, json });
    expect((await put()).status).toBe(204);
    await order();
    await eventually(() => expect(posts()).toHaveLength(2));
  });

  it("signs with a new key, the old one still known", async () => {
    await subscribe();
    await order();
    await ebay.simulator.rotateSigning?.("acme");
    await order();
    await eventually(() => expect(posts()).toHaveLength(4));
    const kids = new Set(posts().map((post): string => signatureOf(post).kid));
    expect(kids.size).toBe(2);
    for (const kid of kids) {
      expect((await ebay.call("GET", `${base}/public_key/${kid}`, { token: application })).status).toBe(200);
    }
  });
});

it("a topic for approved partners is refused with 195011", async () => {
  await ebay.simulator.stop();
  ebay = await openEbay([{ sku: "A", quantity: 5 }], { partnerTopics: ["ORDER_CONFIRMATION"] });
  [user, application] = [await ebay.userToken(), await ebay.applicationToken()];
  await config();
  const destinationId = (await destination()).headers.get("location")?.split("/").at(-1) ?? "";
  expect(await subscription(destinationId)).toMatchObject({ status: 403, body: { errors: [{ errorId: 195011 }] } });
});
