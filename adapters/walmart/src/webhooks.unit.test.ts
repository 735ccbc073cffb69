import { createHmac } from "node:crypto";
import type { RawRequest } from "@lastunit/adapter-contract";
import { describe, expect, it } from "vitest";
import { connect } from "./testing.ts";
import { webhooks } from "./webhooks.ts";

const secret = "webhook-secret";
const body = Buffer.from('{"source":{"eventType":"ORDER_UPDATES","eventId":"e-1"},"payload":{}}');
const hmac = (encoding: "hex" | "base64", key = secret, over: Uint8Array = body) =>
  createHmac("sha256", key).update(over).digest(encoding);

function verify(signature: string | undefined, over: Uint8Array = body, webhookSecret: string | undefined = secret) {
  const request: RawRequest = {
    method: "POST",
    path: "/hooks",
    query: new URLSearchParams(),
    headers: { "x-hub-walmart-auth": signature },
    body: over,
  };
  return webhooks.verify(request, connect({ credentials: { webhookSecret } }).channel, Date.now());
}

const unauthorized = { name: "WebhookError", reason: "unauthorized" };

describe("a delivery", () => {
  it.each(["hex", "base64"] as const)(
    "is genuine when signed in %s, and is named by its event id",
    async (encoding) => {
      expect(await verify(hmac(encoding))).toEqual({ deliveryId: "e-1", topic: "ORDER_UPDATES" });
    },
  );

  it("is refused with one byte altered", async () => {
    const altered = Buffer.from(body);
    altered.writeUInt8(altered.readUInt8(30) ^ 1, 30);
    await expect(verify(hmac("hex"), altered)).rejects.toMatchObject(unauthorized);
  });

  it("is refused without a signature, with half of one, and with another secret's", async () => {
    await expect(verify(undefined)).rejects.toMatchObject(unauthorized);
    await expect(verify(hmac("hex").slice(0, 32))).rejects.toMatchObject(unauthorized);
    await expect(verify(hmac("base64", "another"))).rejects.toMatchObject(unauthorized);
  });

  it("is refused while the channel has no secret", async () => {
    const { channel } = connect();
    const request = { method: "POST", path: "/", query: new URLSearchParams(), headers: {}, body };
    const signed = { ...request, headers: { "x-hub-walmart-auth": hmac("hex", "undefined") } };
    await expect(webhooks.verify(signed, channel, Date.now())).rejects.toMatchObject(unauthorized);
  });

  it.each(["not json", '{"source":{"eventType":"PO_CREATED"}}', '"\u00ff"'])(
    "is malformed, though signed, when its envelope is %s",
    async (text) => {
      const malformed = Buffer.from(text, "latin1");
      await expect(verify(hmac("hex", secret, malformed), malformed)).rejects.toMatchObject({ reason: "malformed" });
    },
  );
});
