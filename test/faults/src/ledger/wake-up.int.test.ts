import { once } from "node:events";
import http from "node:http";
import { createLedgerClient } from "@lastunit/ledger/client";
import { startTestPostgres, type TestPostgres } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLedgerPair, type LedgerPair, type Side } from "./ledger-pair.ts";
import { planted } from "../planted/index.ts";
import { receiving } from "./receiving.ts";

const MERCHANT = "acme";
const COMMITS = 40;
const WAIT_MS = 10_000;

/**
 * The shortest timer anywhere near is the quarter of a second in which expiry looks; a stream's heartbeat is 15 s. Half
 * of the wake-ups are below half of that also on a busy machine, and none takes seconds unless that stood still.
 */
const MEDIAN_MS = 100;
const SLOWEST_MS = 7_000;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

async function startPair(environment?: Readonly<Record<string, string>>): Promise<LedgerPair> {
  const pair = await startLedgerPair(await postgres.createDatabase(), environment);
  await operatorOf(pair, 0).createMerchant(MERCHANT);
  return pair;
}

const operatorOf = ({ urls, serviceToken }: LedgerPair, side: Side) =>
  createLedgerClient({ url: urls[side], token: serviceToken });

/** Commits at the first process. @returns when it was acknowledged. */
async function commit(pair: LedgerPair, id: string): Promise<number> {
  await operatorOf(pair, 0).append(MERCHANT, [receiving(id)]);
  return performance.now();
}

async function endOfLog(pair: LedgerPair, side: Side): Promise<number> {
  const ready: unknown = await (await fetch(`${pair.urls[side]}/health/ready`)).json();
  return Number(Object(ready).position);
}

/** A follower at the end of the log. `next` tells when the next event comes. */
interface Waiting {
  next(): Promise<number>;
  stop(): void;
}

async function pollFrom(pair: LedgerPair, side: Side): Promise<Waiting> {
  let after = await endOfLog(pair, side);
  return {
    async next() {
      const page = await operatorOf(pair, side).events(after, { waitMs: WAIT_MS });
      after = page.next;
      return performance.now();
    },
    stop: () => undefined,
  };
}

async function streamFrom(pair: LedgerPair, side: Side): Promise<Waiting> {
  const position = String(await endOfLog(pair, side));
  const { serviceToken: token } = pair;
  const headers = { authorization: `Bearer ${token}`, accept: "text/event-stream", "last-event-id": position };
  const request = http.get(`${pair.urls[side]}/v1/events`, { headers });
  const [response] = await once(request, "response");
  return {
    async next() {
      await once(response, "data");
      return performance.now();
    },
    stop: () => void response.destroy(),
  };
}

/** @returns how long after the acknowledgement of each commit the follower had it, in milliseconds, in order of size. */
async function lateness(pair: LedgerPair, side: Side, follower: Waiting, commits: number): Promise<number[]> {
  const late: number[] = [];
  for (let n = 0; n < commits; n += 1) {
    const arrival = follower.next();
    // Answered after what was asked before it: by then the follower waits.
    await endOfLog(pair, side);
    const acknowledged = await commit(pair, `commit ${await endOfLog(pair, side)}`);
    // Often it is there before the answer to whoever told.
    late.push(Math.max(0, (await arrival) - acknowledged));
  }
  return late.toSorted((a, b) => a - b);
}

describe("a follower that waits at the end of the log", () => {
  let pair: LedgerPair;
  beforeAll(async () => {
    pair = await startPair();
  });
  afterAll(() => pair.stop());

  it.each([
    ["a poll", "the process that commits", pollFrom, 0],
    ["a poll", "the other process", pollFrom, 1],
    ["a stream", "the process that commits", streamFrom, 0],
    ["a stream", "the other process", streamFrom, 1],
  ] as const)("by %s at %s is woken by the commit, within milliseconds", async (kind, at, from, side) => {
    const follower = await from(pair, side);
    const late = await lateness(pair, side, follower, COMMITS);
    follower.stop();
    const [median = NaN, slowest = NaN] = [late[COMMITS / 2], late.at(-1)];
    process.stdout.write(`${kind} at ${at}: median ${median.toFixed(1)} ms, slowest ${slowest.toFixed(1)} ms\n`);
    expect(median).toBeLessThan(MEDIAN_MS);
    expect(slowest).toBeLessThan(SLOWEST_MS);
  });
});

describe("a ledger that tells nobody of a commit", () => {
  it("is noticed: its followers wait until their time is over", async () => {
    const pair = await startPair(planted("tells nobody of a commit").environment);
    const late = await lateness(pair, 0, await pollFrom(pair, 0), 1);
    await pair.stop();
    expect(late[0]).toBeGreaterThan(SLOWEST_MS);
  });
});
