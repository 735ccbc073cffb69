import { startTestRedis, until, type TestRedis } from "@lastunit/test-support";
import { openDeliveries } from "@lastunit/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, counted, delivery, logIn, newSecret, sender } from "./calls.ts";
import { SERVICE_TOKEN, startWorld, type World } from "./world.ts";

const secret = newSecret();
let redis: TestRedis;
let world: World;
let url: string;
let path: string;

beforeAll(async () => {
  redis = await startTestRedis();
  world = await startWorld({ redisUrl: redis.url });
  url = world.gateway.url;
  const connected = await call(url, "/v1/channels", { body: sender("POS", secret) });
  path = `/webhooks/webhook/${connected.body.channel_id}`;
});
afterAll(() => world.stop());

const ready = async () => (await call(url, "/health/ready", { token: null })).status;

describe("with the database away", () => {
  it("a delivery is answered 503 with Retry-After, and stored when it is sent again after the database's return", async () => {
    const sent = { ...delivery(secret), token: null };
    expect(await ready()).toBe(200);
    // With its children, one of which might answer once more.
    await world.postgres.kill();
    await until("the gateway notices", async () => (await ready()) === 503);

    const refused = await call(url, path, sent);
    expect(refused).toMatchObject({ status: 503, body: { code: "unavailable" } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await counted(url, "webhook", "unavailable")).toBe(1);
    expect((await call(url, "/health/live", { token: null })).status).toBe(200);

    await world.postgres.restart();
    await until("the gateway is ready", async () => (await ready()) === 200);
    expect(await call(url, path, sent)).toMatchObject({ status: 200, body: { status: "stored" } });
    expect(await call(url, path, sent)).toMatchObject({ status: 200, body: { status: "duplicate" } });
  });
});

describe("with the channel's credentials gone", () => {
  it("a delivery is answered 503 and nothing of why, to be sent again", async () => {
    const { body } = await call(url, "/v1/channels", { body: sender("Lost its secret", secret) });
    await world.store.query("delete from channel_credential where channel_id = $1", [body.channel_id]);
    const answer = await call(url, `/webhooks/webhook/${body.channel_id}`, { ...delivery(secret), token: null });
    expect(answer).toMatchObject({ status: 503, body: { code: "unavailable" } });
    expect(answer.headers.get("retry-after")).not.toBeNull();
    expect(answer.text).not.toContain("credentials");
  });
});

describe("with the queue away", () => {
  it("a delivery is stored and answered 200, and the sweep finds it in the inbox", async () => {
    await redis.stop();
    const answer = await call(url, path, { ...delivery(secret), token: null });
    expect(answer).toMatchObject({ status: 200, body: { status: "stored" } });
    const { rows } = await world.store.query("select max(inbox_id) as newest from inbox");
    expect(await openDeliveries(world.store, { limit: 100, olderThanSeconds: 0 })).toContain(rows[0]?.newest);
    await until("it is said", () => world.logged().includes("deliveries wait for the sweep"));
  });

  it("a channel is connected", async () => {
    expect((await call(url, "/v1/channels", { body: sender("ERP", newSecret()) })).status).toBe(201);
  });
});

describe("with the ledger away", () => {
  it("tokens can't be checked: 503, while sessions and deliveries go on", async () => {
    const cookie = await logIn(url, SERVICE_TOKEN);
    await world.stopLedger();
    const unknown = { token: "a-token-never-seen-before" };
    expect(await call(url, "/v1/channels", unknown)).toMatchObject({ status: 503, body: { code: "unavailable" } });
    expect(await call(url, "/ops/queues/", unknown)).toMatchObject({ status: 503, body: { code: "unavailable" } });
    expect((await call(url, "/v1/channels", { token: null, headers: { cookie } })).status).toBe(200);
    expect((await call(url, path, { ...delivery(secret), token: null })).status).toBe(200);
  });
});
