import { randomBytes } from "node:crypto";
import { createOutbound, type RawRequest } from "@lastunit/adapter-contract";
import { MemoryCredentials } from "@lastunit/adapter-contract/conformance";
import { createLogger } from "@lastunit/config";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import type { WebhookCredentials } from "./credentials.ts";
import { webhooks } from "./webhooks.ts";

const now = Date.parse("2026-11-20T10:00:00Z");
const makeSecret = () => `whsec_${randomBytes(32).toString("base64")}`;
const secret = makeSecret();
const sale = { id: "m-1", type: "sale", sku: "CAP", quantity: 1, occurred_at: "2026-11-20T09:59:00Z" };
const goodBody = JSON.stringify({ movements: [sale] });

interface Sent {
  readonly body?: string;
  readonly signedWith?: string;
  readonly signedAt?: number;
  readonly headers?: RawRequest["headers"];
  readonly bytes?: Uint8Array;
}

function verify(sent: Sent, stored: WebhookCredentials = { secret }) {
  const { body = goodBody, signedWith = secret, signedAt = now } = sent;
  const signature = new Webhook(signedWith).sign("msg-1", new Date(signedAt), body);
  const request: RawRequest = {
    method: "POST",
    path: "/hooks",
    query: new URLSearchParams(),
    headers: {
      "webhook-id": "msg-1",
      "webhook-timestamp": String(Math.floor(signedAt / 1_000)),
      "webhook-signature": signature,
      ...sent.headers,
    },
    body: sent.bytes ?? Buffer.from(body),
  };
  const log = createLogger({ level: "silent", name: "webhook-test" });
  const channel = {
    channelId: "channel-1",
    settings: { name: "POS" },
    credentials: new MemoryCredentials(stored),
    url: "https://hub.example/hooks",
    outbound: createOutbound({ endpoints: {}, log }),
  };
  return webhooks.verify(request, channel, now);
}

const unauthorized = { name: "WebhookError", reason: "unauthorized" };

describe("a delivery", () => {
  it("is genuine when signed with the secret, and is named by its webhook-id", async () => {
    expect(await verify({})).toEqual({ deliveryId: "msg-1", topic: "movements" });
  });

  it("is genuine when one of several signatures fits", async () => {
    const fitting = new Webhook(secret).sign("msg-1", new Date(now), goodBody);
    const headers = { "webhook-signature": `v1a,AAAA v1,BBBB ${fitting}` };
    expect(await verify({ headers })).toMatchObject({ deliveryId: "msg-1" });
  });

  it("is genuine with the previous secret during a rotation, and no longer after it", async () => {
    const previousSecret = makeSecret();
    const sent = { signedWith: previousSecret };
    expect(await verify(sent, { secret, previousSecret })).toMatchObject({ deliveryId: "msg-1" });
    await expect(verify(sent)).rejects.toMatchObject(unauthorized);
  });

  it("is refused with one byte altered, with another id, and with another secret's signature", async () => {
    const altered = Buffer.from(goodBody.replace('"quantity":1', '"quantity":9'));
    await expect(verify({ bytes: altered })).rejects.toMatchObject(unauthorized);
    await expect(verify({ headers: { "webhook-id": "msg-2" } })).rejects.toMatchObject(unauthorized);
    await expect(verify({ signedWith: makeSecret() })).rejects.toMatchObject(unauthorized);
  });

  it.each(["webhook-id", "webhook-timestamp", "webhook-signature"])("is refused without %s", async (name) => {
    await expect(verify({ headers: { [name]: undefined } })).rejects.toMatchObject(unauthorized);
  });

  it("is good for five minutes to either side of now, and stale one second past them", async () => {
    for (const minutes of [-5, 5]) {
      expect(await verify({ signedAt: now + minutes * 60_000 })).toMatchObject({ deliveryId: "msg-1" });
    }
    for (const seconds of [-301, 301]) {
      await expect(verify({ signedAt: now + seconds * 1_000 })).rejects.toMatchObject(unauthorized);
    }
  });

  it("is refused when its timestamp is not a plain number", async () => {
    const headers = { "webhook-timestamp": `${now / 1_000}x` };
    await expect(verify({ headers })).rejects.toMatchObject(unauthorized);
  });

  it("is checked for its signature before its shape", async () => {
    await expect(verify({ body: "{}", signedWith: makeSecret() })).rejects.toMatchObject(unauthorized);
    await expect(verify({ body: "{}" })).rejects.toMatchObject({ name: "WebhookError", reason: "malformed" });
  });
});
