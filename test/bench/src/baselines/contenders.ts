import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { TestPostgres } from "@lastunit/test-support";
import { Redis } from "ioredis";
import pg from "pg";
import type { Contender } from "../contender.ts";
import { baselineSchema, type BaselineKind } from "./baseline.ts";
import { redisKey } from "./redis-lua.ts";

/** A baseline that keeps its books in a database of its own on the server. */
export async function startPostgresBaseline(
  kind: Exclude<BaselineKind, "empty" | "redis-lua" | "plain-read">,
  postgres: TestPostgres,
): Promise<Contender> {
  const databaseUrl = await postgres.createDatabase();
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  await pool.query(baselineSchema);
  const server = await startServer(kind, databaseUrl);
  return {
    name: kind,
    ...server,
    async stock(skus, units) {
      await pool.query("insert into balance (sku, on_hand) select unnest($1::text[]), $2", [skus, units]);
    },
    async reserved(skus) {
      const sum = await pool.query<{ reserved: string; events: string }>(
        `select (select coalesce(sum(reserved), 0) from balance where sku = any($1)) as reserved,
          (select count(*) from event where sku = any($1)) as events`,
        [skus],
      );
      const { reserved, events } = sum.rows[0] ?? {};
      if (reserved !== events) throw new Error(`${kind}: ${reserved} units reserved, but ${events} events`);
      return Number(reserved);
    },
    async stop() {
      await server.stop();
      await pool.end();
    },
  };
}

export async function startRedisBaseline(redisUrl: string): Promise<Contender> {
  const redis = new Redis(redisUrl);
  const server = await startServer("redis-lua", redisUrl);
  const given = new Map<string, number>();
  return {
    name: "redis-lua",
    ...server,
    async stock(skus, units) {
      for (const sku of skus) given.set(sku, units);
      await redis.mset(skus.flatMap((sku) => [redisKey(sku), units]));
    },
    async reserved(skus) {
      const left = await redis.mget(skus.map(redisKey));
      return skus.reduce((sum, sku, index) => sum + (given.get(sku) ?? 0) - Number(left[index]), 0);
    },
    async stop() {
      await server.stop();
      redis.disconnect();
    },
  };
}

/** What HTTP alone costs: it grants everything. */
export async function startEmptyBaseline(): Promise<Contender> {
  const nothing = { stock: () => Promise.resolve(), reserved: () => Promise.resolve(null) };
  return { name: "empty", ...(await startServer("empty", "")), ...nothing };
}

/** Reads the ledger's own database. */
export function startReadBaseline(ledgerDatabaseUrl: string): Promise<BaselineServer> {
  return startServer("plain-read", ledgerDatabaseUrl);
}

interface BaselineServer extends Pick<Contender, "url" | "headers" | "stop"> {}

async function startServer(kind: BaselineKind, databaseUrl: string): Promise<BaselineServer> {
  const child = fork(path.join(import.meta.dirname, "server-process.ts"), [kind, databaseUrl]);
  const exited = once(child, "exit");
  const url = await Promise.race([once(child, "message"), exited]).then(([told]) => told);
  if (typeof url !== "string") throw new Error(`the baseline ${kind} did not start`);
  return {
    url,
    headers: {},
    async stop() {
      child.kill();
      await exited;
    },
  };
}
