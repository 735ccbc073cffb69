import { valueTypes } from "@lastunit/config/postgres";
import pg from "pg";
import { afterEach, describe, expect, it, vi } from "vitest";
import { databaseUrl, newDataFolder, postgresOn, startLastunit, WAIT, type RunningLastunit } from "./lastunit.ts";

const token = "a-token-of-acme-that-is-long-enough";
/** Backends that were frozen and must not outlive the test. */
const frozen: number[] = [];
afterEach(() => {
  for (const pid of frozen.splice(0)) process.kill(pid, "SIGKILL");
});

const start = (folder: string) =>
  startLastunit({ DATA_DIR: folder, LEDGER_BOOTSTRAP_TOKEN: `acme:${token}`, LOG_LEVEL: "info" });

async function ask(url: string, method: string, path: string, body?: unknown) {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body !== undefined && { "content-type": "application/json" }),
  };
  const response = await fetch(url + path, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  const retryAfter = Number(response.headers.get("retry-after"));
  return { status: response.status, retryAfter, body: await response.json() };
}

const readiness = async (url: string) => (await fetch(`${url}/health/ready`)).status;
const isReady = (url: string, waiting = WAIT) =>
  vi.waitFor(async () => expect(await readiness(url)).toBe(200), waiting);
const hasSaid = (lastunit: RunningLastunit, text: RegExp, times = 1) =>
  vi.waitFor(() => expect(lastunit.stderr().match(text)).toHaveLength(times), WAIT);
const ENDED = /PostgreSQL has ended unexpectedly/g;
const BACK = /PostgreSQL is back/g;

/** The only server that runs on a folder. */
function serverOn(folder: string): number {
  const [pid, ...others] = postgresOn(folder);
  if (pid === undefined || others.length > 0) throw new Error(`${others.length + 1} servers run on ${folder}`);
  return pid;
}

/** Kills the server, and keeps one of its children from ending, and so the next server from starting, until it is let go. */
async function killAndKeepAway(folder: string): Promise<{ readonly letReturn: () => void }> {
  const client = new pg.Client(databaseUrl(folder, "postgres"));
  client.on("error", () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  const pid = rows[0]?.pid ?? 0;
  process.kill(pid, "SIGSTOP");
  frozen.push(pid);
  process.kill(serverOn(folder), "SIGKILL");
  return {
    letReturn() {
      frozen.pop();
      process.kill(pid, "SIGKILL");
    },
  };
}

const received = {
  event_id: "delivery-1",
  event_type: "inventory.receiving",
  sku: "LAMP",
  location_id: "WH1",
  quantity: 5,
  source: "test",
  timestamp: "2026-03-15T14:22:03.412Z",
};
const wanted = {
  reservation_id: "checkout-1",
  lines: [{ sku: "LAMP", location_id: "WH1", quantity: 2 }],
  ttl_seconds: 600,
};
const turnedAway = { status: 503, retryAfter: 1, body: { code: "unavailable" } };

async function select<Row extends pg.QueryResultRow>(folder: string, database: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl(folder, database), types: valueTypes });
  await client.connect();
  const { rows } = await client.query<Row>(text);
  await client.end();
  return rows;
}

async function stopped(lastunit: RunningLastunit): Promise<{ readonly code: number | null; readonly seconds: number }> {
  const before = performance.now();
  lastunit.signal("SIGTERM");
  return { code: await lastunit.exited, seconds: (performance.now() - before) / 1_000 };
}

describe("a Lastunit whose own PostgreSQL is killed", () => {
  it("starts it again as often as it dies, says so, and goes on with all that was recorded", async () => {
    const folder = newDataFolder();
    const lastunit = await start(folder);
    const { port } = new URL(databaseUrl(folder, "ledger"));
    expect(await ask(lastunit.ledger, "POST", "/v1/events", { events: [received] })).toMatchObject({ status: 200 });
    expect(await ask(lastunit.ledger, "POST", "/v1/reservations", wanted)).toMatchObject({ status: 201 });

    for (const times of [1, 2]) {
      process.kill(serverOn(folder), "SIGKILL");
      await hasSaid(lastunit, ENDED, times);
      await hasSaid(lastunit, BACK, times);
      await isReady(lastunit.ledger);
      await isReady(lastunit.gateway);
    }
    expect(new URL(databaseUrl(folder, "ledger")).port).toBe(port);
    await vi.waitFor(async () => {
      const again = await ask(lastunit.ledger, "POST", "/v1/reservations", wanted);
      expect(again).toMatchObject({ status: 200, body: { state: "held" } });
    }, WAIT);
    expect((await ask(lastunit.ledger, "GET", "/v1/stock/LAMP")).body).toMatchObject({ on_hand: 5, available: 3 });
    expect(await ask(lastunit.ledger, "POST", "/v1/audit")).toMatchObject({ status: 200, body: { mismatches: [] } });
    const [head] = await select<{ position: number }>(folder, "ledger", "select position from log_head");
    const more = { events: [{ ...received, event_id: "delivery-2" }] };
    expect(await ask(lastunit.ledger, "POST", "/v1/events", more)).toMatchObject({ status: 200 });
    const hubFollowsOn = async () =>
      expect(await select(folder, "store", "select position from checkpoint")).toEqual([
        { position: (head?.position ?? 0) + 1 },
      ]);
    await vi.waitFor(hubFollowsOn, WAIT);

    const { code, seconds } = await stopped(lastunit);
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(10);
    expect(postgresOn(folder)).toEqual([]);
  });

  it("says 503 and when to come back as long as it is away, and is ready within 5 s of its return", async () => {
    const folder = newDataFolder();
    const lastunit = await start(folder);
    expect(await ask(lastunit.ledger, "POST", "/v1/events", { events: [received] })).toMatchObject({ status: 200 });
    const { letReturn } = await killAndKeepAway(folder);
    const more = { events: [{ ...received, event_id: "delivery-2" }] };
    await hasSaid(lastunit, ENDED);
    for (const asked of [
      ask(lastunit.ledger, "POST", "/v1/events", more),
      ask(lastunit.ledger, "POST", "/v1/reservations", wanted),
      ask(lastunit.ledger, "GET", "/v1/stock/LAMP"),
      ask(lastunit.ledger, "GET", "/health/ready"),
    ]) {
      expect(await asked).toMatchObject(turnedAway);
    }
    expect(lastunit.stderr()).not.toMatch(BACK);

    letReturn();
    await hasSaid(lastunit, BACK);
    await isReady(lastunit.ledger, { ...WAIT, timeout: 5_000 });
    await vi.waitFor(async () => {
      expect(await ask(lastunit.ledger, "POST", "/v1/events", more)).toMatchObject({ status: 200 });
    }, WAIT);
    expect((await stopped(lastunit)).code).toBe(0);
    expect(postgresOn(folder)).toEqual([]);
  });

  it("stops within 10 s, and is no failure, while its PostgreSQL is away", async () => {
    const folder = newDataFolder();
    const lastunit = await start(folder);
    await killAndKeepAway(folder);
    await hasSaid(lastunit, ENDED);
    const { code, seconds } = await stopped(lastunit);
    expect({ code, stderr: lastunit.stderr() }).toMatchObject({ code: 0 });
    expect(seconds).toBeLessThan(10);
    expect(lastunit.stderr()).not.toMatch(BACK);
    expect(postgresOn(folder)).toEqual([]);
  });
});
