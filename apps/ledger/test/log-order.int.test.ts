import { until } from "@lastunit/test-support";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLocked } from "../src/commit/open-books.ts";
import { findRowTypes } from "../src/commit/rows.ts";
import { recordEvents } from "../src/commit/work.ts";
import { useService } from "./fixtures.ts";
import { connectTo, event } from "./service.ts";
import { receive } from "./told.ts";

/*
 * Two transactions append at once and the later one would commit first. A position drawn from a sequence is visible in
 * commit order, not in number order, so a follower that remembers the last position it saw misses the earlier one.
 */
const its = useService();
let one: pg.Client;
let other: pg.Client;

beforeAll(async () => {
  one = await connectTo(its.databaseUrl);
  other = await connectTo(its.databaseUrl);
});
afterAll(async () => {
  await Promise.all([one.end(), other.end()]);
});

/** Waits until a transaction waits for another. */
const someoneWaits = () =>
  until("someone waits for a lock", async () => (await other.query("select from pg_locks where not granted")).rowCount);

const endOfLog = async (): Promise<number> => (await its.ask("GET", "/health/ready")).body.position;

describe("a follower that asks for what comes after the last position it saw", () => {
  it("misses an event when positions are drawn from a sequence", async () => {
    await one.query("create table naive_event (position bigserial primary key, event_id text not null)");
    const read = async (after: number) =>
      (
        await other.query<{ event_id: string; position: number }>("select * from naive_event where position > $1", [
          after,
        ])
      ).rows;

    await one.query("begin");
    await one.query("insert into naive_event (event_id) values ('earlier')");
    await other.query("insert into naive_event (event_id) values ('later')");
    const first = await read(0);
    await one.query("commit");
    const second = await read(first.at(-1)?.position ?? 0);

    expect([...first, ...second].map((row) => row.event_id)).toEqual(["later"]);
  });

  it("misses nothing in the ledger's log: the later transaction waits for the earlier one's end", async () => {
    const start = await endOfLog();
    const work = recordEvents([receive(1, { eventId: "earlier" })]);
    const opened = await openLocked({ client: one, types: await findRowTypes(one) }, work.needs, undefined);
    work.run(opened.books, opened.now);
    const later = its.ask("POST", "/v1/events", { events: [event({ event_id: "later" })] });
    await someoneWaits();
    const first = await its.ask("GET", `/v1/events?after=${start}`);
    expect(await opened.settle()).toBe(true);
    expect((await later).body.results[0]).toMatchObject({ status: "recorded", position: start + 2 });
    const second = await its.ask("GET", `/v1/events?after=${first.body.next}`);

    expect(first.body.events).toEqual([]);
    expect(second.body.events).toMatchObject([
      { event_id: "earlier", position: start + 1 },
      { event_id: "later", position: start + 2 },
    ]);
  });

  it("misses nothing of one merchant that was committed while its page was read (it was skipped by `next`)", async () => {
    const start = await endOfLog();
    const work = recordEvents([receive(1, { eventId: "meanwhile" })]);
    // Whoever reads the log's end now waits until the event is committed.
    await one.query("begin");
    await one.query("lock table log_head in access exclusive mode");
    const reading = its.ask("GET", `/v1/events?after=${start}`);
    await someoneWaits();
    const opened = await openLocked({ client: one, types: await findRowTypes(one) }, work.needs, undefined);
    work.run(opened.books, opened.now);
    expect(await opened.settle()).toBe(true);
    const first = await reading;
    const second = await its.ask("GET", `/v1/events?after=${first.body.next}`);

    expect([...first.body.events, ...second.body.events]).toMatchObject([{ event_id: "meanwhile" }]);
  });
});
