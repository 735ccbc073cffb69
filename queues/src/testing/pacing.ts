import { randomUUID } from "node:crypto";
import { createLogger } from "@lastunit/config";
import { startTestPostgres, startTestRedis, type TestPostgres, type TestRedis } from "@lastunit/test-support";
import { afterAll, afterEach, beforeAll } from "vitest";
import { createQueues, type Pacer, type PaceLimit } from "../index.ts";

const log = createLogger({ name: "test", level: "silent" });

type Limits = { readonly [bucket: string]: PaceLimit };

/** What a process has of pacers. */
export interface PacingProcess {
  open(channelId: string, limits: Limits): Pacer;
  close(): Promise<void>;
}

export interface Pacing {
  /** What the processes share, where it is Redis. */
  readonly redis: TestRedis;
  /** Opens what a process of its own would have; closed after the test. */
  process(): Promise<PacingProcess>;
  /** Opens a pacer of a channel of its own in a process of its own; closed after the test. */
  pacer(limits: Limits): Promise<Pacer>;
}

/** A server of that kind for the tests of a file or block. */
export function usePacing(kind: "redis" | "postgres"): Pacing {
  let redis: TestRedis | undefined;
  let postgres: TestPostgres | undefined;
  let databaseUrl = "postgres://unused";
  const opened: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    if (kind === "redis") {
      redis = await startTestRedis();
    } else {
      postgres = await startTestPostgres();
      databaseUrl = await postgres.createDatabase();
    }
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  afterAll(async () => {
    await redis?.stop();
    await postgres?.stop();
  });

  async function startProcess(): Promise<PacingProcess> {
    const queues = await createQueues({ redisUrl: redis?.url, databaseUrl, log });
    const pacers: Pacer[] = [];
    let closed: Promise<void> | undefined;
    const made: PacingProcess = {
      open(channelId, limits) {
        const pacer = queues.pacer(
          channelId,
          limits,
          (retryAfterMs) => new Error(OUT_OF_CALLS, { cause: retryAfterMs }),
        );
        pacers.push(pacer);
        return pacer;
      },
      close: () => (closed ??= Promise.all(pacers.map((pacer) => pacer.close())).then(() => queues.close())),
    };
    opened.push(made);
    return made;
  }

  return {
    get redis() {
      if (!redis) throw new Error("these have no Redis");
      return redis;
    },
    process: startProcess,
    pacer: async (limits) => (await startProcess()).open(randomUUID(), limits),
  };
}

/** The message of the error that refuses a call while the channel takes none; its cause is for how many milliseconds. */
export const OUT_OF_CALLS = "out of calls";

/** Makes so many calls at once of the bucket `calls`. */
export async function spendTimes(pacer: Pacer, calls: number): Promise<unknown[]> {
  return Promise.all(Array.from({ length: calls }, () => pacer.spend("calls", async () => "sent")));
}

/** Whether there is no room for calls of that cost. */
export const isWithout = (cost: number, pacer: Pacer): Promise<boolean> =>
  pacer
    .spend("calls", async () => "sent", { cost, signal: AbortSignal.timeout(300) })
    .then(
      () => false,
      () => true,
    );
