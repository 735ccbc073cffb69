import { setTimeout as delay } from "node:timers/promises";
import { untilAskedToStop } from "../start/shutdown.ts";
import { wrongBalances } from "./books.ts";
import type { DemoOptions } from "./command.ts";
import { connectAccounts, type Account } from "./connect.ts";
import { createProgress, type Progress } from "./progress.ts";
import { createRandom } from "./random.ts";
import { emptyCount, runSale, type SaleCount } from "./sale.ts";
import { scenario, stockOf, type StockedSku } from "./scenario.ts";
import { measureConvergence, settle } from "./settle.ts";
import { verdictTable } from "./table.ts";
import { judge, type Verdict } from "./verdict.ts";
import { openWorld, receiveStock, type World } from "./world.ts";

/** Looking at every channel costs the machine time that the sale needs. */
const WATCH_EVERY_MS = 400;
/** A poll that was under way when it was asked for may have passed by the last orders. */
const ASK_AGAIN_MS = 5_000;

/** Runs the demo to its verdict, and leaves the console up until asked to stop unless told to exit. */
export async function demo({ exit, json, seed }: DemoOptions): Promise<void> {
  const asked = untilAskedToStop();
  const stopping = new AbortController();
  void asked.then(() => stopping.abort());
  const progress = createProgress(process.stderr);
  const started = performance.now();
  progress.stage(`Starting PostgreSQL, the ledger, hub, worker, gateway and four channels (seed ${seed})`);
  const world = await openWorld(seed);
  try {
    const verdict = await runDemo({ world, seed, progress, started, signal: stopping.signal });
    process.stdout.write(json ? `${JSON.stringify(verdict)}\n` : verdictTable(verdict));
    if (!verdict.ok) process.exitCode = 1;
    if (!exit && !stopping.signal.aborted) {
      process.stderr.write(goOn(world));
      await asked;
    }
  } finally {
    progress.done();
    await world.stop();
  }
}

async function runDemo(options: {
  readonly world: World;
  readonly seed: number;
  readonly progress: Progress;
  readonly started: number;
  readonly signal: AbortSignal;
}): Promise<Verdict> {
  const { world, progress, signal } = options;
  const random = createRandom(options.seed);
  const stock = stockOf(random);
  const count = emptyCount();
  await receiveStock(world, stock);
  progress.stage(`Connecting ${scenario.merchants.length} merchants to ${scenario.kinds.length} channels each`);
  const accounts = await connectAccounts(world, stock);
  const measure = () => measureConvergence(world, accounts, stock);
  await settle({ measure, isSettled: async () => true, signal });

  progress.stage("The sale: checkouts and channel buyers race for the last units");
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const watching = progress.isLive ? watch(async () => progress.show(count, await measure()), until) : undefined;
  await runSale({ world, accounts, stock, random, count, signal });
  progress.stage("The sale is over: late and lost notifications, abandoned checkouts, the last pushes");
  const isSettled = settlement(world, accounts, stock, count);
  await settle({ measure, isSettled, signal });
  over.abort();
  await watching;
  progress.done();
  const seconds = (performance.now() - options.started) / 1_000;
  return judge({ world, accounts, stock, count, convergence: await measure(), seconds });
}

/**
 * Whether nothing is on its way any more: every order placed was heard of, by notification or, where that was lost, by
 * polling (asked for now instead of at its next turn), and no checkout's reservation is still held.
 */
function settlement(
  world: World,
  accounts: readonly Account[],
  stock: readonly StockedSku[],
  count: SaleCount,
): () => Promise<boolean> {
  const { store, queues } = world.ground;
  let askedAt = -Infinity;
  return async () => {
    if (performance.now() - askedAt > ASK_AGAIN_MS) {
      askedAt = performance.now();
      await Promise.all(accounts.map(({ channelId }) => queues.pollNow(channelId)));
    }
    const open = await store.query("select from inbox where status in ('received', 'failed') limit 1");
    if (open.rowCount !== 0 || !(await haveExpired(world, count))) return false;
    return (await wrongBalances(world, accounts, stock, count)).length === 0;
  };
}

/** Asks for each forgotten reservation again: a repeat holds nothing new and tells how it stands. */
async function haveExpired(world: World, { forgotten }: SaleCount): Promise<boolean> {
  const states = await Promise.all(
    forgotten.map(async ({ merchantId, request }) => (await world.ledger.reserve(merchantId, request)).state),
  );
  return states.every((state) => state !== "held");
}

async function watch(show: () => Promise<void>, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    await show();
    await delay(WATCH_EVERY_MS, undefined, { signal: until }).catch(() => undefined);
  }
}

function goOn(world: World): string {
  return [
    `Console   ${world.gatewayUrl}/`,
    `Queues    ${world.gatewayUrl}/ops/queues`,
    `API docs  ${world.ledgerUrl}/docs  ${world.gatewayUrl}/docs`,
    `Log in with the operator's token: ${world.operatorToken}`,
    "Ctrl-C stops everything.",
    "",
  ].join("\n");
}
