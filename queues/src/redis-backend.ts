import type { Logger } from "@lastunit/config";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { workerSettings, type Backend } from "./backend.ts";

const retryStrategy = (attempt: number) => Math.min(250 * 2 ** attempt, 5_000);

/**
 * Jobs in Redis. Adding a job while Redis is away fails at once (the hub's sweep adds it again), workers wait for it.
 *
 * @throws with a sentence for people when Redis is not reachable or evicts keys.
 */
export async function createRedisBackend(options: {
  readonly redisUrl: string;
  readonly log: Logger;
}): Promise<Backend & { readonly connection: Redis }> {
  const connection = connect({ maxRetriesPerRequest: 1, enableOfflineQueue: false });
  const workerConnection = connect({ maxRetriesPerRequest: null, enableOfflineQueue: true });
  try {
    await connection.connect();
    await refuseEviction(connection);
  } catch (cause) {
    connection.disconnect();
    workerConnection.disconnect();
    throw cause;
  }

  function connect(settings: { maxRetriesPerRequest: number | null; enableOfflineQueue: boolean }) {
    const client = new Redis(options.redisUrl, { lazyConnect: true, retryStrategy, ...settings });
    client.on("error", (error: Error) => options.log.warn({ error: error.message }, "the connection to Redis failed"));
    return client;
  }

  return {
    kind: "redis",
    connection,
    openQueue: (name) => new Queue(name, { connection }),
    openWorker: (name, processor, concurrency) =>
      new Worker(name, processor, { connection: workerConnection, concurrency, ...workerSettings }),
    onReconnect(listener) {
      connection.on("ready", listener);
    },
    async close() {
      connection.disconnect();
      workerConnection.disconnect();
      return Promise.resolve();
    },
  };
}

/** With any other policy Redis drops jobs silently when its memory is full; BullMQ only prints a warning. */
async function refuseEviction(connection: Redis): Promise<void> {
  const memory = await connection.info("memory");
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
  if (policy === "noeviction") return;
  throw new Error(
    `Redis at ${connection.options.host}:${connection.options.port} may drop queued jobs when its memory is full ` +
      `(maxmemory-policy is ${policy ?? "unknown"}). Set "maxmemory-policy noeviction" in its configuration.`,
  );
}
