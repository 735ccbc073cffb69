import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { historyStatement, stockAtStatement } from "../src/read/history.ts";
import { useService } from "./fixtures.ts";
import { connectTo, merchant } from "./service.ts";

/*
 * A SKU with a long history at many locations, a third of it transfers. It is written straight into the log, a
 * millisecond from event to event; nobody checks its hashes here.
 */
const EVENTS = Number(process.env["HISTORY_EVENTS"] ?? 30_000);
const LOCATIONS = 2_000;
const FIRST = Date.parse("2026-01-01T00:00:00Z");
const timeOf = (position: number) => FIRST + position;

const its = useService();
let database: pg.Client;

beforeAll(async () => {
  database = await connectTo(its.databaseUrl);
  await database.query(writeLog, [merchant, EVENTS, LOCATIONS, new Date(FIRST).toISOString()]);
  await database.query(
    `insert into balance select merchant_id, 'LONG', at, sum(change), 0, $1::bigint from (
       select merchant_id, location_id as at, on_hand_change as change from event
       union all select merchant_id, to_location_id, -on_hand_change from event where to_location_id is not null) side
     group by merchant_id, at`,
    [EVENTS],
  );
  await database.query("update log_head set position = $1, recorded_at = $2", [
    EVENTS,
    new Date(timeOf(EVENTS)).toISOString(),
  ]);
  await database.query("vacuum analyze");
}, 600_000);
afterAll(async () => {
  await database.end();
});

/** Few locations are busy and most are quiet, so that a quiet one's last event lies far back. */
const writeLog = `
  with raw as (
    select n as position,
      'L' || (power(hashint4(n)::bigint & 65535, 2) * $3::int / power(65536, 2))::int as location_id,
      case when n % 3 = 0 then 'L' || (power(hashint4(-n)::bigint & 65535, 2) * $3::int / power(65536, 2))::int end as to_id,
      (hashint4(n + 1) & 7) - 3 as change
    from generate_series(1, $2::int) n
  ), told as (
    select position, location_id, nullif(to_id, location_id) as to_location_id, change from raw
  ), side as (
    select position, location_id as at, change, 0 as which from told
    union all select position, to_location_id, -change, 1 from told where to_location_id is not null
  ), noted as (
    select position, which, sum(change) over (partition by at order by position) as on_hand from side
  )
  insert into event (position, merchant_id, event_id, event_type, sku, location_id, to_location_id, quantity,
    on_hand_change, reserved_change, on_hand, reserved, to_on_hand, to_reserved, source, occurred_at, recorded_at, hash)
  select t.position, $1, 'long:' || t.position,
    case when t.to_location_id is null then 'inventory.adjustment' else 'inventory.transfer' end, 'LONG',
    t.location_id, t.to_location_id, t.change, t.change, 0, h.on_hand, 0, d.on_hand,
    case when t.to_location_id is not null then 0 end, 'test', $4::timestamptz + t.position * interval '1 ms',
    $4::timestamptz + t.position * interval '1 ms', '\\x00'
  from told t
  join noted h on h.position = t.position and h.which = 0
  left join noted d on d.position = t.position and d.which = 1`;

/** What a plan did: its kinds of nodes, and the rows that came out of its scans. */
interface PlanNode {
  readonly "Node Type": string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly "Relation Name"?: string;
  readonly Plans?: readonly PlanNode[];
}

async function scansOfLog(statement: { readonly text: string; readonly values: unknown[] }) {
  const { rows } = await database.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>({
    text: `explain (analyze, format json) ${statement.text}`,
    values: statement.values,
  });
  const nodes = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodes)];
  const [plan] = rows.flatMap((row) => row["QUERY PLAN"]);
  if (!plan) throw new Error("no plan");
  const scans = nodes(plan.Plan).filter((node) => node["Relation Name"] === "event");
  const rowsOf = (node: PlanNode) =>
    (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0)) *
    node["Actual Loops"];
  return {
    kinds: new Set(scans.map((node) => node["Node Type"])),
    rowsRead: scans.reduce((sum, node) => sum + rowsOf(node), 0),
  };
}

const isProbe = (kind: string) => kind === "Index Scan" || kind === "Index Only Scan";

const long = { merchantId: merchant, sku: "LONG" };
const spots = [1, 2, 1_000, Math.floor(EVENTS / 2), EVENTS - 1, EVENTS];

/** By adding up every change until then, of every event. */
async function addedUp(position: number): Promise<Map<string, number>> {
  const { rows } = await database.query<{ at: string; on_hand: number }>(
    `select at, sum(change)::bigint as on_hand from (
       select location_id as at, on_hand_change as change from event where position <= $1
       union all select to_location_id, -on_hand_change from event where position <= $1 and to_location_id is not null) side
     group by at order by at`,
    [position],
  );
  return new Map(rows.map((row) => [row.at, row.on_hand]));
}

describe(`a SKU with ${EVENTS} events at ${LOCATIONS} locations`, { timeout: 300_000 }, () => {
  it.each(spots)("had the stock that its events add up to until then (position %i)", async (position) => {
    for (const [at, until] of [
      [timeOf(position), position],
      [timeOf(position) - 1, position - 1],
    ] as const) {
      const { body } = await its.ask("GET", `/v1/stock/LONG/history?at=${new Date(at).toISOString()}`);
      const expected = await addedUp(until);
      const locations: { location_id: string; on_hand: number }[] = body.locations;
      expect(new Map(locations.map((one) => [one.location_id, one.on_hand]))).toEqual(expected);
      expect(body.as_of).toBe(until);
      expect(body.on_hand).toBe([...expected.values()].reduce((sum, units) => sum + units, 0));
    }
  });

  it("had nothing before its first event, and has after its last what it has now", async () => {
    const never = await its.ask("GET", "/v1/stock/LONG/history?at=2000-01-01T00:00:00Z");
    expect(never.body).toMatchObject({ as_of: 0, on_hand: 0, locations: [] });
    const now = await its.ask("GET", "/v1/stock/LONG");
    const later = await its.ask("GET", "/v1/stock/LONG/history?at=2100-01-01T00:00:00Z");
    expect(later.body).toMatchObject({ as_of: EVENTS, on_hand: now.body.on_hand });
  });

  it.each([null, "L0", "L1", `L${LOCATIONS - 1}`])("tells its history page by page (at %s)", async (locationId) => {
    const at = locationId === null ? "" : `&location_id=${locationId}`;
    const { rows } = await database.query<{ position: number }>(
      `select position from event where $1::text is null or location_id = $1 or to_location_id = $1
       order by position desc limit 700`,
      [locationId],
    );
    const positions: number[] = [];
    for (let before: number | null = EVENTS + 1; before !== null && positions.length < 700;) {
      const { body } = await its.ask("GET", `/v1/stock/LONG/history?limit=100&before=${before}${at}`);
      positions.push(...body.events.map((event: { position: number }) => event.position));
      before = body.next_before;
    }
    expect(positions).toEqual(rows.map((row) => row.position));
  });

  it("has its history read by index probes: two a location, and the newest of those that have any of the newest", async () => {
    const known = (await addedUp(EVENTS)).size;
    for (const before of spots) {
      const all = await scansOfLog(historyStatement({ ...long, locationId: null, before, limit: 100 }));
      const one = await scansOfLog(historyStatement({ ...long, locationId: "L0", before, limit: 100 }));
      expect([...all.kinds, ...one.kinds].filter((kind) => !isProbe(kind))).toEqual([]);
      // Measured at 100 a page: 4,061 with 30,000 events, 4,144 with 1,000,000.
      expect(all.rowsRead).toBeLessThanOrEqual(2 * known + 2 * 100 * 100);
      expect(one.rowsRead).toBeLessThanOrEqual(2 + 2 * 100);
    }
  });

  it("has its stock at a time found by index probes: by halving the log, and two a location", async () => {
    const halvings = Math.ceil(Math.log2(EVENTS + 1));
    const known = (await addedUp(EVENTS)).size;
    for (const position of spots) {
      const at = timeOf(position);
      const all = await scansOfLog(stockAtStatement({ ...long, locationId: null, at }));
      const one = await scansOfLog(stockAtStatement({ ...long, locationId: "L0", at }));
      expect([...all.kinds, ...one.kinds].filter((kind) => !isProbe(kind))).toEqual([]);
      expect(all.rowsRead).toBeLessThanOrEqual(halvings + 2 * known);
      expect(one.rowsRead).toBeLessThanOrEqual(halvings + 2);
    }
  });
});
