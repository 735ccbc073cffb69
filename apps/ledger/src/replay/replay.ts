import type { Logger } from "@lastunit/config";
import { valueTypes } from "@lastunit/config/postgres";
import pg from "pg";
import { checkChain } from "../read/chain-check.ts";
import { correctBalances, correctReservations, haveBalancesReadAnew } from "./apply.ts";
import { findCorrections, type Corrections } from "./corrections.ts";
import { tellRightBalances } from "./tell.ts";

/** What a replay found, and did when it was to apply it. */
export interface ReplayReport extends Corrections {
  readonly events: number;
  /** The first place where the chain of hashes is broken; null: nowhere. */
  readonly brokenAt: number | null;
  readonly isApplied: boolean;
  /** Balances that were told anew by an event, as followers had been told a wrong one. */
  readonly told: number;
}

/** The log itself was changed: rebuilding from it would make that the truth. */
export class BrokenChain extends Error {
  override readonly name = "BrokenChain";
  readonly position: number;

  constructor(position: number) {
    super(`The log's chain of hashes is broken at position ${position}.`);
    this.position = position;
  }
}

/**
 * Rebuilds balances and reservations from the log, beside ledgers that run: works out what differs from one snapshot,
 * then corrects it in place. Readers never wait; writers wait for 500 corrections at a time, and not at all when nothing
 * differs. The log is not changed.
 *
 * @param options.apply false: find out what would be corrected, and change nothing.
 * @param options.despiteBrokenChain take the log as it is.
 * @param options.onProgress told of the events checked so far, of all.
 * @throws {BrokenChain} when the log was changed, unless told to go on.
 */
export async function replay(options: {
  readonly connectionString: string;
  readonly apply: boolean;
  readonly despiteBrokenChain: boolean;
  readonly log: Logger;
  readonly onProgress: (events: number, of: number) => void;
}): Promise<ReplayReport> {
  const { connectionString, log } = options;
  const client = new pg.Client({ connectionString, application_name: "lastunit-replay", types: valueTypes });
  client.on("error", (error) => log.warn({ error: error.message }, "the replay's connection was lost"));
  await client.connect();
  try {
    await refuseBeside(client);
    // Corrections say what a row lacks: from here on every ledger goes on from the rows, not from what it remembers.
    if (options.apply) await haveBalancesReadAnew(client);
    await client.query("begin transaction isolation level repeatable read");
    const { rows: head } = await client.query<{ position: number }>("select position from log_head");
    const end = head[0]?.position ?? 0;
    const { events, brokenAt } = await walk(client, (checked) => options.onProgress(checked, end));
    if (brokenAt !== null && !options.despiteBrokenChain) throw new BrokenChain(brokenAt);
    const found = await findCorrections(client);
    await client.query("commit");
    if (!options.apply) return { events, ...found, brokenAt, isApplied: false, told: 0 };

    await correctBalances(client, found.balances);
    await correctReservations(client, found.reservations, end);
    const told = await tellRightBalances({ client, connectionString, count: found.balances, log });
    return { events, ...found, brokenAt, isApplied: true, told };
  } finally {
    await client.end();
  }
}

const REPLAY_LOCK = 4_010;

/** Two replays would both add what a balance lacks. */
async function refuseBeside(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ is_alone: boolean }>("select pg_try_advisory_lock($1) as is_alone", [
    REPLAY_LOCK,
  ]);
  if (rows[0]?.is_alone !== true) throw new Error("Another replay of this ledger is under way. Wait until it is done.");
}

async function walk(
  client: pg.Client,
  onChecked: (events: number) => void,
): Promise<{ readonly events: number; readonly brokenAt: number | null }> {
  let events = 0;
  let brokenAt: number | null = null;
  for await (const stretch of checkChain(client, null)) {
    events += stretch.events;
    brokenAt ??= stretch.mismatches[0]?.position ?? null;
    onChecked(events);
  }
  return { events, brokenAt };
}
