import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Redis } from "ioredis";
import { endsWithUs } from "./guard.ts";
import { freePort } from "./ports.ts";
import { until } from "./until.ts";

/** A Redis server of a test's own: `noeviction`, append-only file, on a free port. */
export interface TestRedis {
  readonly url: string;
  flush(): Promise<void>;
  /** It keeps its connections and answers nothing until `resume`. */
  pause(): void;
  /** Resolves when everything that was asked of it meanwhile is done. */
  resume(): Promise<void>;
  /** Ends it as a power cut would; also when it is paused. */
  kill(): Promise<void>;
  /** Starts the server again on the same data and port after it was killed. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts `redis-server` from PATH. */
export async function startTestRedis(): Promise<TestRedis> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "lastunit-redis-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const settings = { port, bind: "127.0.0.1", dir, save: "", appendonly: "yes", "maxmemory-policy": "noeviction" };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on("error", () => undefined);
  let server = await launch();

  async function launch(): Promise<ChildProcess> {
    const child = spawn("redis-server", flags, { stdio: "ignore" });
    await once(child, "spawn").catch((cause: unknown) => {
      throw new Error("redis-server is not on PATH. Install it: apt-get install redis-server, or brew install redis.", {
        cause,
      });
    });
    child.once("exit", endsWithUs({ pid: child.pid, folder: dir }));
    await until("redis answers", async () => (await client.ping()) === "PONG");
    return child;
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill(signal);
    await exited;
  }

  return {
    url,
    async flush() {
      await client.flushall();
    },
    pause: () => void server.kill("SIGSTOP"),
    async resume() {
      server.kill("SIGCONT");
      // It answers only after it has read all connections once.
      await client.ping();
    },
    kill: () => end("SIGKILL"),
    async restart() {
      server = await launch();
    },
    async stop() {
      client.disconnect();
      server.kill("SIGCONT");
      await end("SIGTERM");
      fs.rmSync(dir, { recursive: true, force: true });
    },
  };
}
