import pg from "pg";
import type { Baseline, BaselineReservation } from "./baseline.ts";

interface Waiting extends BaselineReservation {
  readonly answer: (granted: boolean) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Group commit and nothing else: requests that arrive while a transaction is in flight form the next one. Probes the
 * event ids, locks the balances in key order, decides here, writes set-wise, commits once.
 */
export async function groupCommit(databaseUrl: string): Promise<Baseline> {
  const client = new pg.Client({ connectionString: databaseUrl, pipeline: true });
  await client.connect();
  // Index plans: see docs/benchmarks.md, "The plan trap".
  await client.query("set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off");
  let waiting: Waiting[] = [];
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const granted = await commit(client, batch);
        batch.forEach((one, index) => one.answer(granted[index] ?? false));
      } catch (error) {
        for (const one of batch) one.fail(error);
      }
    }
    isRunning = false;
  }

  return {
    reserve: (request) =>
      new Promise((answer, fail) => {
        waiting.push({ ...request, answer, fail });
        if (!isRunning) void run();
      }),
  };
}

async function commit(client: pg.Client, batch: readonly Waiting[]): Promise<boolean[]> {
  const [, known, locked] = await Promise.all([
    client.query("begin"),
    client.query<{ event_id: string }>({
      name: "probe",
      text: `select e.event_id from unnest($1::text[]) as k (id)
        cross join lateral (select event_id from event where event_id = k.id limit 1) e`,
      values: [batch.map(({ id }) => id)],
    }),
    client.query<{ sku: string; on_hand: string; reserved: string }>({
      name: "lock",
      text: "select sku, on_hand, reserved from balance where sku = any($1) order by sku for update",
      values: [[...new Set(batch.map(({ sku }) => sku))]],
    }),
  ]);
  const seen = new Set(known.rows.map((row) => row.event_id));
  const balances = new Map(
    locked.rows.map((row) => [row.sku, { onHand: Number(row.on_hand), reserved: Number(row.reserved) }]),
  );
  const events: [id: string, sku: string, quantity: number, onHand: number, reserved: number][] = [];
  const granted = batch.map(({ id, sku, quantity }) => {
    if (seen.has(id)) return true;
    const balance = balances.get(sku);
    if (!balance || balance.reserved + quantity > balance.onHand) return false;
    balance.reserved += quantity;
    seen.add(id);
    events.push([id, sku, quantity, balance.onHand, balance.reserved]);
    return true;
  });
  if (events.length === 0) {
    await client.query("rollback");
    return granted;
  }
  const changed = [...new Set(events.map(([, sku]) => sku))];
  await Promise.all([
    client.query({
      name: "insert",
      text: `insert into event (event_id, sku, quantity, on_hand, reserved)
        select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])`,
      values: [0, 1, 2, 3, 4].map((column) => events.map((event) => event[column])),
    }),
    client.query({
      name: "update",
      text: `update balance b set reserved = k.reserved
        from unnest($1::text[], $2::bigint[]) as k (sku, reserved) where b.sku = k.sku`,
      values: [changed, changed.map((sku) => balances.get(sku)?.reserved)],
    }),
    client.query("commit"),
  ]);
  return granted;
}
