import { createLogger } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { startTestPostgres, startTestRedis } from "./index.ts";

describe("the servers tests run on", () => {
  it("give a PostgreSQL that keeps what was committed when its postmaster is killed", async () => {
    const server = await startTestPostgres();
    const database = await server.createDatabase();
    const pool = createPool({
      connectionString: database,
      name: "test",
      log: createLogger({ name: "test", level: "silent" }),
    });
    await pool.query("create table unit (n bigint)");
    await pool.query("insert into unit values (7)");
    await server.kill();
    await server.restart();
    const found = await pool.query("select n from unit");
    expect(found.rows).toEqual([{ n: 7 }]);
    await pool.end();
    await server.stop();
  });

  it("give a Redis that keeps what it acknowledged when it is killed, and nothing when it is flushed", async () => {
    const server = await startTestRedis();
    const client = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    client.on("error", () => undefined);
    await client.set("units", 7);
    await server.kill();
    await server.restart();
    expect(await client.get("units")).toBe("7");
    await server.flush();
    expect(await client.get("units")).toBeNull();
    client.disconnect();
    await server.stop();
  });

  it("give a Redis that evicts nothing", async () => {
    const server = await startTestRedis();
    const client = new Redis(server.url);
    expect(await client.config("GET", "maxmemory-policy")).toMatchObject(["maxmemory-policy", "noeviction"]);
    client.disconnect();
    await server.stop();
  });
});
