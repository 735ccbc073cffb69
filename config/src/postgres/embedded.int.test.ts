import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createLogger } from "../logger.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded.ts";
import { disarmStaleLock, findPostmaster } from "./postmaster.ts";

const log = createLogger({ name: "test", level: "silent" });
/** For what happens by itself, however busy the machine is. */
const WAIT = { timeout: 60_000 };

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

  it.runIf(process.platform === "linux")(
    "listens where no outgoing connection can take its port while it is away (it could not come back)",
    async () => {
      const server = await start();
      const [firstOfConnections] = fs.readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/);
      expect(server.port).toBeLessThan(Number(firstOfConnections));
      await server.stop();
    },
  );

  it("is one server when two start it at the same moment, and either can stop it", async () => {
    const [one, other] = await Promise.all([start(), start()]);
    expect(one.pid).toBe(other.pid);
    expect(running()).toBe(one.pid);
    await other.stop();
    expect(running()).toBeUndefined();
    await one.stop();
  });

  it("keeps its lock when another start comes to it that had found none running (it took the lock away)", async () => {
    const server = await start();
    disarmStaleLock(path.join(dataDir, "postgres"));
    expect(running()).toBe(server.pid);
    await server.stop();
  });

  it("starts while the one before is still stopping", async () => {
    const before = await start();
    const [, after] = await Promise.all([before.stop(), start()]);
    expect(running()).toBe(after.pid);
    expect(await select(after, "fsync")).toBe("on");
    await after.stop();
  });

  it("is not started again when it dies, unless it is to be kept up", async () => {
    const server = await start();
    process.kill(server.pid, "SIGKILL");
    await vi.waitFor(() => expect(running()).toBeUndefined(), WAIT);
    await server.stop();
    expect(running()).toBeUndefined();
  });

  it("kept up, is started again on its port, and what it held is there; a wanted stop is for good", async () => {
    const server = await startEmbeddedPostgres({ dataDir, isKeptUp: true, log });
    const { pid, port } = server;
    const client = new pg.Client({ connectionString: server.connectionString("postgres") });
    client.on("error", () => undefined);
    await client.connect();
    await client.query("create table kept as select 1");
    process.kill(pid, "SIGKILL");
    await vi.waitFor(() => expect(server.pid).not.toBe(pid), WAIT);
    expect(running()).toBe(server.pid);
    expect(findPostmaster(path.join(dataDir, "postgres"))?.port).toBe(port);
    expect(await select(server, "fsync")).toBe("on");
    const again = new pg.Client({ connectionString: server.connectionString("postgres") });
    await again.connect();
    expect((await again.query("select from kept")).rowCount).toBe(1);
    await again.end();
    await server.stop();
    expect(running()).toBeUndefined();
  });

  it("kept up, never starts on an empty folder in the place of one that is gone, and says why", async () => {
    const said = vi.fn<(line: object, message?: string) => void>();
    const server = await startEmbeddedPostgres({
      dataDir,
      isKeptUp: true,
      log: Object.assign(createLogger({ name: "test", level: "silent" }), { error: said }),
    });
    const folder = path.join(dataDir, "postgres");
    fs.renameSync(folder, `${folder}.away`);
    process.kill(server.pid, "SIGKILL");
    const reason = { error: expect.stringContaining(`${folder} is not a complete PostgreSQL data folder`) };
    await vi.waitFor(() => {
      expect(said).toHaveBeenCalledWith(expect.objectContaining(reason), "PostgreSQL could not be started again");
    }, WAIT);
    expect(fs.existsSync(folder)).toBe(false);
    fs.renameSync(`${folder}.away`, folder);
    await vi.waitFor(() => expect(running()).toBe(server.pid), WAIT);
    await server.stop();
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
