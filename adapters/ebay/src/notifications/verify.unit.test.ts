import { randomUUID } from "node:crypto";
import nock from "nock";
import { describe, expect, it } from "vitest";
import { channelErrorOf, EBAY, tokenAnswer, tokenEndpoint, useNock } from "../testing/harness.ts";
import { encodeHeader, makeSigner, notification, posted, webhookChannel } from "../testing/signing.ts";
import { createReceiver } from "./verify.ts";

useNock();

const now = Date.parse("2026-11-21T09:00:00.000Z");
const hour = 3_600_000;
const body = notification("ORDER_CONFIRMATION", { orderId: "12-1" }, "2026-11-21T08:59:00.000Z");

/** A receiver's first look-up of a key: an application token, then the key. */
function keyLookUp(kid: string, status: number, answer: object, token = "app-token") {
  tokenEndpoint({ grant_type: "client_credentials", scope: "https://api.ebay.com/oauth/api_scope" }).reply(
    200,
    tokenAnswer(token),
  );
  nextKeyLookUp(kid, status, answer, token);
}

/** One more, with the token of the first. */
function nextKeyLookUp(kid: string, status: number, answer: object, token = "app-token") {
  nock(EBAY, { reqheaders: { authorization: `Bearer ${token}` } })
    .get(`/commerce/notification/v1/public_key/${kid}`)
    .reply(status, answer);
}

describe("a notification's signature", () => {
  it.each(["SHA1", "SHA256"] as const)("is good over the raw bytes, by the key's own digest (%s)", async (digest) => {
    const signer = makeSigner(digest);
    keyLookUp(signer.kid, 200, signer.publicKeyAnswer);
    const odd = ` ${body}\n`; // formatting that would not survive a parse
    const delivery = await createReceiver().verify(posted(odd, signer.header(odd)), webhookChannel(), now);
    expect(delivery).toEqual({ deliveryId: "49feeaeb-4982-42d9-a377-9645b8479411", topic: "ORDER_CONFIRMATION" });
  });

  it("is good by a key whose id is of no version of UUID", async () => {
    const kid = "9936261a-7d7b-0621-00f1-96ccb428af49";
    const signer = makeSigner();
    keyLookUp(kid, 200, signer.publicKeyAnswer);
    const request = posted(body, signer.header(body, { kid }));
    await expect(createReceiver().verify(request, webhookChannel(), now)).resolves.toBeDefined();
  });

  it.each([
    ["an altered body", (signed: string) => signed.replace("12-1", "12-2")],
    ["a reformatted body", (signed: string) => JSON.stringify(JSON.parse(signed), null, 1)],
  ])("is wrong for %s", async (_, alter) => {
    const signer = makeSigner();
    keyLookUp(signer.kid, 200, signer.publicKeyAnswer);
    const request = posted(alter(body), signer.header(body));
    await expect(createReceiver().verify(request, webhookChannel(), now)).rejects.toMatchObject({
      name: "WebhookError",
      reason: "unauthorized",
    });
  });

  it("is wrong when another key made it", async () => {
    const genuine = makeSigner();
    keyLookUp(genuine.kid, 200, genuine.publicKeyAnswer);
    const request = posted(body, makeSigner().header(body, { kid: genuine.kid }));
    await expect(createReceiver().verify(request, webhookChannel(), now)).rejects.toMatchObject({
      reason: "unauthorized",
    });
  });

  const kid = randomUUID();
  it.each([
    ["missing", undefined],
    ["not base64 of JSON", "@@@"],
    ["without signature", encodeHeader({ kid })],
    ["naming a key id that is no UUID", encodeHeader({ kid: "../../oauth2/token", signature: "AAAA" })],
    ["naming a key id that is no text", encodeHeader({ kid: { $ne: 1 }, signature: "AAAA" })],
  ])("is refused without asking eBay when the header is %s", async (_, header) => {
    await expect(createReceiver().verify(posted(body, header), webhookChannel(), now)).rejects.toMatchObject({
      reason: "unauthorized",
    });
  });

  it("is refused when it is no DER at all", async () => {
    const signer = makeSigner();
    keyLookUp(signer.kid, 200, signer.publicKeyAnswer);
    const header = encodeHeader({ kid: signer.kid, signature: "AAAA" });
    await expect(createReceiver().verify(posted(body, header), webhookChannel(), now)).rejects.toMatchObject({
      reason: "unauthorized",
    });
  });
});

describe("a replayed notification", () => {
  it("keeps the id of the first, and is refused after three days", async () => {
    const signer = makeSigner();
    keyLookUp(signer.kid, 200, signer.publicKeyAnswer);
    nextKeyLookUp(signer.kid, 200, signer.publicKeyAnswer);
    nextKeyLookUp(signer.kid, 200, signer.publicKeyAnswer);
    const receiver = createReceiver();
    const replay = (at: number) => receiver.verify(posted(body, signer.header(body)), webhookChannel(), at);
    const published = Date.parse("2026-11-21T08:59:00.000Z");
    const first = await replay(now);
    await expect(replay(published + 72 * hour)).resolves.toEqual(first);
    await expect(replay(published + 72 * hour + 1)).rejects.toMatchObject({ reason: "unauthorized" });
    await expect(replay(published + 80 * hour)).rejects.toThrow("older than three days");
  });
});

describe("a signed body that is no notification", () => {
  it.each(["", "[]", "{}", '{"metadata":{"topic":"X"},"notification":{"notificationId":"1"}}'])(
    "is malformed: %s",
    async (text) => {
      const signer = makeSigner();
      keyLookUp(signer.kid, 200, signer.publicKeyAnswer);
      const request = posted(text, signer.header(text));
      await expect(createReceiver().verify(request, webhookChannel(), now)).rejects.toMatchObject({
        name: "WebhookError",
        reason: "malformed",
      });
    },
  );
});

describe("eBay's public keys", () => {
  it("are asked for once an hour, also by notifications that come together", async () => {
    const signer = makeSigner();
    const receiver = createReceiver();
    const verify = (at: number) => receiver.verify(posted(body, signer.header(body)), webhookChannel(), at);
    keyLookUp(signer.kid, 200, signer.publicKeyAnswer);
    await Promise.all([verify(now), verify(now), verify(now)]);
    await verify(now + hour - 1);
    nextKeyLookUp(signer.kid, 200, signer.publicKeyAnswer);
    await expect(verify(now + hour)).resolves.toBeDefined();
  });

  it("are not asked for again under an id eBay does not know", async () => {
    const signer = makeSigner();
    const unknown = { errors: [{ errorId: 195001, domain: "API_NOTIFICATION", message: "The key id is invalid." }] };
    keyLookUp(signer.kid, 404, unknown);
    const receiver = createReceiver();
    for (const at of [now, now + 1, now + hour - 1]) {
      await expect(receiver.verify(posted(body, signer.header(body)), webhookChannel(), at)).rejects.toMatchObject({
        reason: "unauthorized",
      });
    }
  });

  it("are asked for under twenty unknown ids an hour at most, while known ones go on working", async () => {
    const genuine = makeSigner();
    const receiver = createReceiver();
    keyLookUp(genuine.kid, 200, genuine.publicKeyAnswer);
    await receiver.verify(posted(body, genuine.header(body)), webhookChannel(), now);

    let lookUps = 0;
    nock(EBAY)
      .persist()
      .get(/public_key/)
      .reply(404, () => {
        lookUps += 1;
        return { errors: [{ errorId: 195001 }] };
      });
    const flood = async (at: number) => {
      for (let count = 0; count < 30; count += 1) {
        const forged = posted(body, genuine.header(body, { kid: randomUUID() }));
        await expect(receiver.verify(forged, webhookChannel(), at)).rejects.toMatchObject({ reason: "unauthorized" });
      }
    };
    await flood(now + hour / 2);
    expect(lookUps).toBe(19); // and the one for the genuine key
    await flood(now + hour);
    expect(lookUps).toBe(20); // that one is an hour ago
    nock.cleanAll();

    nextKeyLookUp(genuine.kid, 200, genuine.publicKeyAnswer);
    const later = now + hour;
    await expect(receiver.verify(posted(body, genuine.header(body)), webhookChannel(), later)).resolves.toBeDefined();
  });

  it.each([
    ["eBay is down", 503, {}],
    [
      "the key can't be read",
      200,
      { key: "-----BEGIN PUBLIC KEY-----xx-----END PUBLIC KEY-----", algorithm: "ECDSA", digest: "SHA1" },
    ],
    ["the digest is another", 200, { ...makeSigner().publicKeyAnswer, digest: "MD5" }],
  ])("leave the notification undecided when %s, and are asked for again", async (_, status, answer) => {
    const signer = makeSigner();
    const receiver = createReceiver();
    const verify = () => receiver.verify(posted(body, signer.header(body)), webhookChannel(), now);
    keyLookUp(signer.kid, status, answer);
    await channelErrorOf(verify(), "app-token");
    nextKeyLookUp(signer.kid, 200, signer.publicKeyAnswer);
    await expect(verify()).resolves.toBeDefined();
  });

  it("are asked for with one application token, and with another once eBay has refused it", async () => {
    const [first, second] = [makeSigner(), makeSigner()];
    const receiver = createReceiver();
    const verify = (signer: typeof first) => receiver.verify(posted(body, signer.header(body)), webhookChannel(), now);
    keyLookUp(first.kid, 200, first.publicKeyAnswer);
    await verify(first);
    nextKeyLookUp(second.kid, 401, { errors: [{ errorId: 1001, domain: "OAuth" }] });
    expect(await channelErrorOf(verify(second), "app-token")).toMatchObject({ failure: "unauthorized" });
    keyLookUp(second.kid, 200, second.publicKeyAnswer, "app-two");
    await expect(verify(second)).resolves.toBeDefined();
  });
});
