import { once } from "node:events";
import http from "node:http";
import { createLedgerClient } from "@lastunit/ledger/client";
import { startTestPostgres, until, type TestPostgres } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { followByStream } from "./followers.ts";
import { startLedgerPair, type LedgerPair } from "./ledger-pair.ts";
import { planted } from "../planted/index.ts";
import { receiving } from "./receiving.ts";

const MERCHANT = "acme";
const BATCH = 1_000;
/** In the log before they come, more than the connections' buffers hold; and told while they stand still. */
const EVENTS_BEFORE = 20_000;
const EVENTS_DURING = 25_000;
const FOLLOWERS = 30;

/**
 * 30 followers are told of 25,000 events each that they don't read: more than 500 MB, were they kept for them. Each has a
 * page of 500 in memory, and the heap of a busy process varies; together about 100 MB.
 */
const BOUND_MB = 250;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

/** @returns by how much the ledger's memory grew, in MB, while events passed by followers who read nothing. */
async function memoryOfSlowFollowers(pair: LedgerPair): Promise<number> {
  const [url] = pair.urls;
  const operator = createLedgerClient({ url, token: pair.serviceToken });
  await operator.createMerchant(MERCHANT);
  const tell = async (from: number, to: number) => {
    for (let first = from; first < to; first += BATCH) await operator.append(MERCHANT, batch(first));
  };
  await tell(0, EVENTS_BEFORE);
  const quick = followByStream("the quick one", [url], pair.serviceToken);
  await quick.reaches(EVENTS_BEFORE);
  const slow = await Promise.all(Array.from({ length: FOLLOWERS }, () => openStream(pair)));
  await until("they get nothing more", isStill(slow));
  const before = await residentMegabytes(url);
  await tell(EVENTS_BEFORE, EVENTS_BEFORE + EVENTS_DURING);
  await quick.reaches(EVENTS_BEFORE + EVENTS_DURING);
  await until("they get nothing more", isStill(slow));
  const grown = (await residentMegabytes(url)) - before;

  expect(quick.events.map(({ position }) => position)).toEqual(
    Array.from({ length: EVENTS_BEFORE + EVENTS_DURING }, (_, index) => index + 1),
  );
  await quick.stop();
  for (const one of slow) one.destroy();
  return grown;
}

function batch(first: number) {
  return Array.from({ length: BATCH }, (_, index) =>
    receiving(`delivery:${first + index}`, { sku: `SKU-${index % 100}` }),
  );
}

async function residentMegabytes(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const bytes = Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1]);
  return bytes / 1024 / 1024;
}

/** A stream from the log's beginning that nobody reads from. */
async function openStream({ urls, serviceToken }: LedgerPair): Promise<http.IncomingMessage> {
  const headers = { authorization: `Bearer ${serviceToken}`, accept: "text/event-stream" };
  const request = http.get(`${urls[0]}/v1/events`, { headers, agent: false });
  const [response] = await once(request, "response");
  return response;
}

/** True when no byte came since it was asked the last time, some while ago. */
function isStill(streams: readonly http.IncomingMessage[]): () => boolean {
  let last = { bytes: -1, at: 0 };
  return () => {
    const bytes = streams.reduce((sum, { socket }) => sum + socket.bytesRead, 0);
    if (bytes !== last.bytes) last = { bytes, at: performance.now() };
    return performance.now() - last.at > 500;
  };
}

describe("followers who stop reading", () => {
  it("cost the ledger no memory, however far they fall behind, and delay no other", { timeout: 300_000 }, async () => {
    const pair = await startLedgerPair(await postgres.createDatabase());
    const grown = await memoryOfSlowFollowers(pair);
    process.stdout.write(`${FOLLOWERS} slow followers: ${Math.round(grown)} MB\n`);
    await pair.stop();
    expect(grown).toBeLessThan(BOUND_MB);
  });

  it("would be seen to cost it, did it forget who can't keep up", { timeout: 300_000 }, async () => {
    const { environment } = planted("forgets who can't keep up");
    const pair = await startLedgerPair(await postgres.createDatabase(), environment);
    const grown = await memoryOfSlowFollowers(pair);
    process.stdout.write(`${FOLLOWERS} slow followers of a faulty ledger: ${Math.round(grown)} MB\n`);
    await pair.stop();
    expect(grown).toBeGreaterThan(BOUND_MB);
  });
});
