import { createPool } from "@lastunit/config/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useLedgerDatabase } from "../../test/fixtures.ts";
import { count, line, receive, release, reserve, sell, transfer } from "../../test/told.ts";
import { createGroupCommit, type GroupCommit } from "../commit/group-commit.ts";
import { changeReservation, recordEvents } from "../commit/work.ts";
import type { RecordedEvent } from "../domain/types.ts";
import { eventView } from "../http/views.ts";
import { createLogHeadSignal, type LogHeadSignal } from "../log-head.ts";
import { readLog, readOn } from "./events.ts";

const nothingKept = { newest: () => [] };
const its = useLedgerDatabase();
/** Two processes that write the same log. */
let processes: readonly { readonly commit: GroupCommit; readonly head: LogHeadSignal }[];

beforeAll(() => {
  const { connectionString, log } = its;
  processes = [0, 1].map(() => {
    const head = createLogHeadSignal();
    return { head, commit: createGroupCommit({ connectionString, log, head }) };
  });
});

afterAll(async () => {
  await Promise.all(processes.map(({ commit }) => commit.close()));
});

/** Seven events: six of `acme`, one of `birch`. */
async function writeEveryKind({ commit }: (typeof processes)[number], name: string): Promise<void> {
  await commit.submit(
    recordEvents([
      receive(9),
      transfer(2, "WH2"),
      count(5, { reason: "counted: “5”" }),
      sell(1, { orderId: `order ${name}` }),
      receive(9, { merchantId: "birch" }),
    ]),
  );
  await commit.submit(changeReservation(reserve(`cart ${name}`, [line(1)])));
  await commit.submit(changeReservation(release(`cart ${name}`)));
}

const sent = (event: RecordedEvent) => JSON.stringify(eventView(event));

describe("the newest events of the log", () => {
  it("are what the database has, whoever asks for whatever stretch, also when another process writes in between", async () => {
    const [one, other] = processes;
    if (!one || !other) throw new Error("there are not two processes");
    const start = one.head.position;
    await writeEveryKind(one, "first");
    await writeEveryKind(other, "second");
    await writeEveryKind(one, "third");
    const end = start + 21;
    for (const { head } of processes) {
      for (const merchantId of [null, "acme", "birch", "cedar"]) {
        for (let after = start; after <= end; after += 1) {
          const stored = (await readLog({ pool: its.pool, head: nothingKept }, { merchantId, after, limit: 100 }))
            .events;
          for (const limit of [1, 3, 100]) {
            const query = { merchantId, after, limit };
            const page = await readLog({ pool: its.pool, head }, query);
            expect(page.events.map(sent)).toEqual(stored.slice(0, limit).map(sent));
            // A stream's may be shorter, but not empty.
            const { events, next } = await readOn({ pool: its.pool, head }, query);
            expect(events.length > 0 || stored.length === 0).toBe(true);
            expect(events.map(sent)).toEqual(stored.slice(0, Math.min(events.length, limit)).map(sent));
            // Whoever goes on from there misses none, and hears of none twice.
            for (const told of [page, { events, next }]) {
              expect(stored.slice(told.events.length).filter(({ position }) => position <= told.next)).toEqual([]);
              expect(told.next).toBeGreaterThanOrEqual(told.events.at(-1)?.position ?? after);
            }
          }
        }
      }
    }
  });

  it("are told by a stream without the database to who follows closely", async () => {
    const [one] = processes;
    if (!one) throw new Error("there is no process");
    await writeEveryKind(one, "close");
    const away = createPool({ connectionString: "postgresql://127.0.0.1:1/none", name: "test", log: its.log });
    const from = { pool: away, head: one.head };
    const after = one.head.position - 7;
    expect((await readOn(from, { merchantId: null, after, limit: 100 })).events).toHaveLength(7);
    expect((await readOn(from, { merchantId: "acme", after, limit: 100 })).events).toHaveLength(6);
    await expect(readOn(from, { merchantId: null, after: after + 7, limit: 100 })).rejects.toThrow("ECONNREFUSED");
    await away.end();
  });

  it("are kept no longer once the connection was lost, and never more than a few hundred beside the last batch", async () => {
    const [one] = processes;
    if (!one) throw new Error("there is no process");
    await writeEveryKind(one, "lost");
    const { position } = one.head;
    one.head.forget();
    expect(one.head.newest(position - 7)).toEqual([]);
    for (let round = 0; round < 6; round += 1) {
      await one.commit.submit(recordEvents(Array.from({ length: 1_000 }, () => receive(1))));
    }
    expect(one.head.position).toBe(position + 6_000);
    expect(one.head.newest(position)).toEqual([]);
    expect(one.head.newest(one.head.position - 500)).toHaveLength(500);
  });
});
