import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { until } from "./until.ts";

/** Starts a server of each kind and a process, tells their ports and its id, and then is busy for ever. */
const TEST_RUN = `
  import { spawn } from "node:child_process";
  import { endsWithUs } from "${import.meta.resolve("./guard.ts")}";
  import { startTestPostgres, startTestRedis } from "${import.meta.resolve("./index.ts")}";
  const [postgres, redis] = await Promise.all([startTestPostgres(), startTestRedis()]);
  const child = spawn("sleep", ["600"]);
  endsWithUs({ pid: child.pid });
  process.stdout.write([postgres.port, new URL(redis.url).port, child.pid].join(" "));
  setInterval(() => undefined, 1_000);
`;

async function isListening(port: number): Promise<boolean> {
  const socket = net.connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("a test run that is killed", () => {
  it("leaves no server, no process and no folder behind (PostgreSQL lived on)", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lastunit-killed-run-"));
    fs.chmodSync(folder, 0o755);
    const run = spawn(process.execPath, ["--input-type=module", "--eval", TEST_RUN], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [told] = await once(run.stdout, "data");
    const [postgres = 0, redis = 0, pid = 0] = String(told).split(" ").map(Number);
    expect([await isListening(postgres), await isListening(redis), isAlive(pid)]).toEqual([true, true, true]);
    expect(fs.readdirSync(folder)).toHaveLength(2);

    run.kill("SIGKILL");
    const isLeft = async () => isAlive(pid) || (await isListening(postgres)) || (await isListening(redis));
    const isNothing = async () => !(await isLeft()) && fs.readdirSync(folder).length === 0;
    await until("nothing is left", isNothing);
    fs.rmdirSync(folder);
  });
});
