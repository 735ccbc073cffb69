import { createLogger } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import type { ReplayReport } from "@lastunit/ledger";
import { currentPosition, rebuildFromLog } from "@lastunit/store";
import type { Command } from "commander";
import { openRemote } from "./remote.ts";
import { withDatabase } from "./running-database.ts";

interface ReplayOptions {
  readonly apply?: boolean;
  readonly despiteBrokenChain?: boolean;
  readonly store?: boolean;
}

const log = createLogger({ name: "lastunit-replay", level: "silent" });

export function replayCommand(program: Command): void {
  program
    .command("replay")
    .description("rebuild what is made of the log, beside the running Lastunit; without --apply, say what would change")
    .option("--apply", "put it into place")
    .option("--despite-broken-chain", "take the log as it is, although somebody changed it")
    .option("--store", "what the hub has made of it, instead of the ledger's balances and reservations")
    .action((options: ReplayOptions) => (options.store ? replayStore(options) : replayLedger(options)));
}

async function replayLedger({ apply = false, despiteBrokenChain = false }: ReplayOptions): Promise<void> {
  // Loaded when asked for: the ledger would make every other command slow to start.
  const { BrokenChain, replay } = await import("@lastunit/ledger");
  const report = await withDatabase("ledger", (connectionString) =>
    replay({ connectionString, apply, despiteBrokenChain, log, onProgress: progressOn(process.stderr) }),
  ).catch((error: unknown) => {
    if (!(error instanceof BrokenChain)) throw error;
    throw new Error(
      `${error.message} Nothing was changed: rebuilding from it would make the change the truth. See what is wrong ` +
        "with: npx lastunit audit. Restore the log from a backup, or take it as it is with --despite-broken-chain.",
      { cause: error },
    );
  });
  process.stdout.write(sentenceOf(report));
}

function sentenceOf({ events, balances, reservations, told, isApplied }: ReplayReport): string {
  const counted = `${balances} balances and ${reservations} reservations`;
  if (balances + reservations === 0)
    return `${events} events replayed: nothing differs from what the log makes of it.\n`;
  if (isApplied) {
    return `${events} events replayed: ${counted} corrected; ${told} balances that had been told wrongly were told again.\n`;
  }
  return (
    `${events} events replayed: ${counted} differ from what the log makes of them. Nothing was changed.\n` +
    "See each with: npx lastunit audit. Correct them with: npx lastunit replay --apply\n"
  );
}

/** The hub replays the log by itself once its checkpoint was set back. */
async function replayStore({ apply = false }: ReplayOptions): Promise<void> {
  const end = await openRemote().ledger.position();
  await withDatabase("store", async (connectionString) => {
    const store = createPool({ connectionString, name: "lastunit-replay", max: 1, log });
    try {
      const followed = await currentPosition(store);
      const state = `The hub has followed the log to position ${followed}; it ends at ${end}.\n`;
      if (!apply) {
        process.stdout.write(`${state}Have it begin anew at position 0 with: npx lastunit replay --store --apply\n`);
        return;
      }
      await rebuildFromLog(store, end);
      process.stdout.write(
        `${state}It begins anew at position 0 within 5 seconds, when it runs; nothing is pushed twice.\n` +
          "See how far the channels are with: npx lastunit status\n",
      );
    } finally {
      await store.end();
    }
  });
}

const SAY_EVERY_MS = 3_000;

/** A line now and then, when it takes long. */
function progressOn(stream: NodeJS.WriteStream): (events: number, of: number) => void {
  let said = performance.now();
  return (events, of) => {
    if (performance.now() - said < SAY_EVERY_MS) return;
    said = performance.now();
    stream.write(`${events} of ${of} events checked\n`);
  };
}
