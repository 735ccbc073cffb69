import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "../logger.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded.ts";
import { findPostmaster } from "./postmaster.ts";

const log = createLogger({ name: "test", level: "silent" });

describe("the embedded PostgreSQL", () => {
  let dataDir: string;
  const start = () => startEmbeddedPostgres({ dataDir, log });

  beforeAll(async () => {
    dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "lastunit-embedded-"));
    fs.chmodSync(dataDir, 0o755);
    await (await start()).stop();
  });
  afterAll(() => fs.rmSync(dataDir, { recursive: true, force: true }));

  const running = () => findPostmaster(path.join(dataDir, "postgres"))?.pid;

  async function select(server: EmbeddedPostgres, setting: string): Promise<unknown> {
    const client = new pg.Client({ connectionString: server.connectionString("postgres") });
    await client.connect();
    const { rows } = await client.query<{ value: string }>("select current_setting($1) as value", [setting]);
    await client.end();
    return rows[0]?.value;
  }

  it("is durable, UTF-8 and on loopback only", async () => {
    const server = await start();
    expect(await select(server, "fsync")).toBe("on");
    expect(await select(server, "synchronous_commit")).toBe("on");
    expect(await select(server, "server_encoding")).toBe("UTF8");
    expect(await select(server, "listen_addresses")).toBe("127.0.0.1");
    expect(await select(server, "unix_socket_directories")).toBe("");
    await server.stop();
    expect(running()).toBeUndefined();
  });

  it("is one server when two start it at the same moment, and either can stop it", async () => {
    const [one, other] = await Promise.all([start(), start()]);
    expect(one.pid).toBe(other.pid);
    expect(running()).toBe(one.pid);
    await other.stop();
    expect(running()).toBeUndefined();
    await one.stop();
  });

  it("starts while the one before is still stopping", async () => {
    const before = await start();
    const [, after] = await Promise.all([before.stop(), start()]);
    expect(running()).toBe(after.pid);
    expect(await select(after, "fsync")).toBe("on");
    await after.stop();
  });

  it("is stopped although somebody is still connected", async () => {
    const server = await start();
    const client = new pg.Client({ connectionString: server.connectionString("postgres") });
    const cut = new Promise((resolve) => client.on("error", resolve));
    await client.connect();
    await server.stop();
    expect(running()).toBeUndefined();
    await cut;
  });
});
