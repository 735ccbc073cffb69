import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Redis } from "ioredis";
import { freePort } from "./ports.ts";
import { until } from "./until.ts";

/** A Redis server of a test's own: `noeviction`, append-only file, on a free port. */
export interface TestRedis {
  readonly url: string;
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts `redis-server` from PATH. */
export async function startTestRedis(): Promise<TestRedis> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "lastunit-redis-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const settings = { port, bind: "127.0.0.1", dir, save: "", appendonly: "yes", "maxmemory-policy": "noeviction" };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn("redis-server", flags, { stdio: "ignore" });
  const exited = once(child, "exit");
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on("error", () => undefined);
  await until("redis answers", async () => (await client.ping()) === "PONG");

  return {
    url,
    async flush() {
      await client.flushall();
    },
    async stop() {
      client.disconnect();
      child.kill("SIGTERM");
      await exited;
      fs.rmSync(dir, { recursive: true, force: true });
    },
  };
}
