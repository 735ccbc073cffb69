import { startTestPostgres, until, type TestPostgres } from "@lastunit/test-support";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { followerViolations } from "./checks.ts";
import type { Seen } from "./followers.ts";

const WRITERS = 6;
const EVENTS_EACH = 100;

interface Row {
  position: string;
  merchant: string;
  hash: string;
}

let postgres: TestPostgres;
let databaseUrl: string;
const clients: pg.Client[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
  databaseUrl = await postgres.createDatabase();
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await postgres.stop();
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  clients.push(client);
  return client;
}

const seenOf = ({ position, merchant, hash }: Row): Seen => ({ position: Number(position), merchant, hash });

describe("the check of followers", () => {
  it("notices what a reader misses that asks for what came after the last number, where numbers are a bigserial", async () => {
    const reader = await connect();
    await reader.query(
      "create table event (position bigserial primary key, merchant text not null, hash text not null)",
    );
    const over = new AbortController();
    const seen: Seen[] = [];
    const log = async (after: number) => {
      const found = await reader.query<Row>("select * from event where position > $1 order by position", [after]);
      return found.rows.map(seenOf);
    };
    async function read(): Promise<void> {
      while (!over.signal.aborted) seen.push(...(await log(seen.at(-1)?.position ?? 0)));
    }
    async function write(writer: number): Promise<void> {
      const client = await connect();
      for (let n = 0; n < EVENTS_EACH; n += 1) {
        await client.query("begin");
        await client.query("insert into event (merchant, hash) values ($1, $2)", [`merchant ${writer}`, String(n)]);
        await client.query("commit");
      }
    }

    const reading = read();
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
    const written = await log(0);
    await until("the reader has seen the last event", () => seen.at(-1)?.position === written.at(-1)?.position);
    over.abort();
    await reading;

    expect(written).toHaveLength(WRITERS * EVENTS_EACH);
    expect(followerViolations("the naive reader", seen, written)).toContainEqual(expect.stringContaining("missed"));
    // It is the reader that is wrong, not the check.
    expect(followerViolations("one who read it all at once", written, written)).toEqual([]);
  });

  it("notices an event that comes twice, out of order, changed, of another merchant, or not at all", () => {
    const [one, two, three] = [1, 2, 3].map((position) => ({ position, merchant: "acme", hash: `${position}` }));
    if (!one || !two || !three) throw new Error("there are three");
    const log = [one, two, three];
    const brokenBy = (seen: readonly Seen[]) => followerViolations("it", seen, log);
    expect(brokenBy(log)).toEqual([]);
    expect(brokenBy([one, one, two, three])).not.toEqual([]);
    expect(brokenBy([two, one, three])).not.toEqual([]);
    expect(brokenBy([one, { ...two, hash: "x" }, three])).not.toEqual([]);
    expect(brokenBy([one, two, three, { ...three, position: 4, merchant: "bolt" }])).not.toEqual([]);
    expect(brokenBy([one, two])).toEqual(["it missed position 3"]);
  });
});
