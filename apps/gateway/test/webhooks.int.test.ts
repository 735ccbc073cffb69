import { randomUUID } from "node:crypto";
import http from "node:http";
import { gzipSync } from "node:zlib";
import { INBOUND_QUEUE } from "@lastunit/queues";
import { findChannel, saveCredentials } from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, counted, delivery, movements, newSecret, sender } from "./calls.ts";
import { startWorld, type World } from "./world.ts";

const secret = newSecret();
let world: World;
let url: string;
/** Where the sender delivers. */
let path: string;

beforeAll(async () => {
  world = await startWorld();
  url = world.gateway.url;
  const connected = await call(url, "/v1/channels", { body: sender("POS", secret) });
  path = `/webhooks/webhook/${connected.body.channel_id}`;
});
afterAll(() => world.stop());

const deliver = (told: { readonly body: string | Uint8Array; readonly headers: Record<string, string> }, to = path) =>
  call(url, to, { ...told, token: null });

async function inbox(deliveryId?: string) {
  const { rows } = await world.store.query<{ body: Buffer; redeliveries: number; headers: Record<string, string> }>(
    "select body, redeliveries, headers from inbox where $1::text is null or delivery_id = $1",
    [deliveryId ?? null],
  );
  return rows;
}

/** What a problem document must say, and be. */
const problem = (status: number, code: string) => ({
  status,
  contentType: "application/problem+json; charset=utf-8",
  body: expect.objectContaining({ status, code }),
});

describe("a genuine delivery", () => {
  it("is stored byte for byte before it is answered 200, counted, and queued by its inbox id alone", async () => {
    const before = await counted(url, "webhook", "stored");
    const sent = delivery(secret, { body: movements("Ünïcode") });
    const answer = await deliver(sent);
    expect(answer.status).toBe(200);
    const [stored] = await inbox(sent.headers["webhook-id"]);
    expect(stored?.body.equals(Buffer.from(sent.body))).toBe(true);
    expect(await counted(url, "webhook", "stored")).toBe(before + 1);
    const jobs = await until("it is queued", async () => {
      const queued = await world.queues.queue(INBOUND_QUEUE).getJobs();
      return queued.length > 0 ? queued : undefined;
    });
    expect(jobs.map((job) => Object.keys(job.data).sort())).toContainEqual(["inboxId", "version"]);
  });

  it("sent again is answered 200 and counted, and changes nothing", async () => {
    const before = await counted(url, "webhook", "duplicate");
    const sent = delivery(secret);
    await deliver(sent);
    const [first] = await inbox(sent.headers["webhook-id"]);
    const again = await deliver({ ...sent, headers: { ...sent.headers, "x-hop": "2" } });
    expect(again).toMatchObject({ status: 200, body: { status: "duplicate" } });
    expect(await inbox(sent.headers["webhook-id"])).toEqual([{ ...first, redeliveries: 1 }]);
    expect(await counted(url, "webhook", "duplicate")).toBe(before + 1);
  });

  it("is taken at once when its secret was changed a moment ago", async () => {
    const newer = newSecret();
    const { body } = await call(url, "/v1/channels", { body: sender("Till", secret) });
    const door = `/webhooks/webhook/${body.channel_id}`;
    expect((await deliver(delivery(secret), door)).status).toBe(200);
    const channel = await findChannel(world.store, body.channel_id);
    await saveCredentials(world.store, world.vault, channel!, { secret: newer });
    expect((await deliver(delivery(newer), door)).status).toBe(200);
    expect((await deliver(delivery(secret), door)).status).toBe(401);
  });

  it("sent many times at once is stored once", async () => {
    const sent = delivery(secret);
    const answers = await Promise.all(Array.from({ length: 12 }, () => deliver(sent)));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 12 }, () => 200));
    expect(answers.filter((answer) => answer.body.status === "stored")).toHaveLength(1);
    expect(await inbox(sent.headers["webhook-id"])).toHaveLength(1);
  });

  it.each([
    "text/plain",
    "application/octet-stream",
    "application/json; charset=utf-16",
    "no media type at all",
    ";;=",
  ])("is taken as bytes whatever its content type: %s", async (contentType) => {
    const sent = delivery(secret);
    const answer = await deliver({ ...sent, headers: { ...sent.headers, "content-type": contentType } });
    expect(answer.status).toBe(200);
  });

  it("is taken in chunks, and without a content type", async () => {
    const { body, headers } = delivery(secret);
    const { "content-type": _left, ...rest } = headers;
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = http.request(url + path, { method: "POST", headers: rest }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on("error", reject);
      for (const part of body.match(/.{1,10}/gs) ?? []) request.write(part);
      request.end();
    });
    expect(status).toBe(200);
    expect(await inbox(headers["webhook-id"])).toHaveLength(1);
  });

  it("keeps its headers for the worker, but for credentials and cookies of whoever stands between", async () => {
    const sent = delivery(secret);
    await deliver({ ...sent, headers: { ...sent.headers, authorization: "Basic abc", cookie: "a=b", "x-topic": "t" } });
    const [stored] = await inbox(sent.headers["webhook-id"]);
    expect(stored?.headers).toMatchObject({ "x-topic": "t" });
    expect(Object.keys(stored?.headers ?? {})).not.toContain("authorization");
    expect(Object.keys(stored?.headers ?? {})).not.toContain("cookie");
  });
});

describe("what is not genuine is refused, counted and not stored:", () => {
  const anHourAgo = () => new Date(Date.now() - 3_600_000);
  const other = randomUUID();

  it.each([
    ["a forged signature", 401, "unauthorized", () => delivery(newSecret())],
    ["no signature", 401, "unauthorized", () => ({ body: movements("A"), headers: {} })],
    ["a changed body", 401, "unauthorized", () => ({ ...delivery(secret), body: movements("B") })],
    ["a stale timestamp", 401, "unauthorized", () => delivery(secret, { at: anHourAgo() })],
    ["a body that is no JSON", 400, "malformed", () => delivery(secret, { body: "{" })],
    ["a delivery id too long to keep", 400, "malformed", () => delivery(secret, { id: "x".repeat(3_000) })],
    ["a compressed body, which is no text", 400, "malformed", () => compressed()],
  ])("%s: %i", async (_, status, code, make) => {
    const before = { stored: await inbox(), counted: await counted(url, "webhook", code) };
    expect(await deliver(make())).toMatchObject(problem(status, code));
    expect(await inbox()).toEqual(before.stored);
    expect(await counted(url, "webhook", code)).toBe(before.counted + 1);
  });

  function compressed() {
    const { body, headers } = delivery(secret);
    return { body: gzipSync(body), headers: { ...headers, "content-encoding": "gzip" } };
  }

  it.each([
    ["an unknown channel", "webhook", `/webhooks/webhook/${other}`],
    ["a channel id that is none", "webhook", "/webhooks/webhook/1%27--"],
    ["an unknown kind", "unknown", `/webhooks/etsy/${other}`],
    ["a kind that looks like a member of every object", "unknown", `/webhooks/constructor/${other}`],
  ])("%s: 404", async (_, kind, to) => {
    const before = await counted(url, kind, "unknown_channel");
    expect(await deliver(delivery(secret), to)).toMatchObject(problem(404, "unknown_channel"));
    expect(await counted(url, kind, "unknown_channel")).toBe(before + 1);
  });

  it("another kind than the channel's: 404", async () => {
    expect(await deliver(delivery(secret), path.replace("/webhook/", "/shopify/"))).toMatchObject(
      problem(404, "unknown_channel"),
    );
    expect(await counted(url, "shopify", "unknown_channel")).toBe(1);
  });

  it("a kind that has no webhooks: 404", async () => {
    expect(await deliver(delivery(secret), path.replace("/webhook/", "/amazon/"))).toMatchObject(
      problem(404, "unknown_channel"),
    );
  });

  it.each([
    ["announced", { "content-length": String(3 * 1024 * 1024) }],
    ["in chunks", {}],
  ])("a body that is too large, %s: 413", async (_, length) => {
    const before = { stored: await inbox(), counted: await counted(url, "webhook", "too_large") };
    const { headers } = delivery(secret);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = http.request(url + path, { method: "POST", headers: { ...headers, ...length } }, (response) => {
        response.resume();
        resolve(response.statusCode);
        request.destroy();
      });
      request.on("error", reject);
      request.write(Buffer.alloc(3 * 1024 * 1024 - 1));
    });
    expect(status).toBe(413);
    expect(await inbox()).toEqual(before.stored);
    expect(await counted(url, "webhook", "too_large")).toBe(before.counted + 1);
  });

  it("no kind that a sender makes up becomes a label", async () => {
    await deliver(delivery(secret), `/webhooks/made-up/${other}`);
    const { text } = await call(url, "/metrics", { token: null });
    expect(text).not.toContain("made-up");
  });

  it("a GET that is no handshake: 404", async () => {
    expect(await call(url, path, { token: null })).toMatchObject(problem(404, "not_found"));
  });

  it("none of it leaves the secret in the log", () => {
    expect(world.logged()).not.toContain(secret.slice("whsec_".length));
  });
});
