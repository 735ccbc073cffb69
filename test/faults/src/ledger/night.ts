import { createLedgerClient, LedgerError, type LedgerClient, type LedgerEvent } from "@lastunit/ledger/client";
import { until, type Follower, type TestPostgres } from "@lastunit/test-support";
import { unended, type Balance, type Followed, type Night } from "./checks.ts";
import { runClient, SKUS, type Merchant, type Told } from "./clients.ts";
import { ask } from "./ask.ts";
import { followByPolling, followByStream, type Seen } from "./followers.ts";
import { killAround, type Victim } from "./killer.ts";
import { startLedgerPair, untilReady, type LedgerPair } from "./ledger-pair.ts";

/** What befalls the ledger in a night, and how long. */
export interface NightPlan {
  /** Runs; its process is killed and started again. */
  readonly postgres: TestPostgres;
  readonly seed: number;
  readonly seconds: number;
  /** Whom the killer chooses from. */
  readonly victims: readonly Victim[];
  /** More of the ledgers' variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Done before anybody asks for anything. */
  readonly prepare?: (pair: LedgerPair, databaseUrl: string) => Promise<void>;
}

/** Nothing came for so long: that was the log's end. */
const QUIET_MS = 2_000;
/** What has expired is released within a second, on an idle machine. */
const EXPIRY_MS = 10_000;

const CLIENTS = ["ann", "bob", "cem", "dot", "eva", "fay", "gus", "hal"] as const;

/**
 * A night: clients of two merchants ask two ledger processes for everything there is, while somebody kills these and
 * PostgreSQL every one to three seconds, and followers look on. It is over when everyone has an answer.
 */
export async function spendNight(plan: NightPlan): Promise<Night> {
  const databaseUrl = await plan.postgres.createDatabase();
  const pair = await startLedgerPair(databaseUrl, plan.environment);
  const followers: NightFollower[] = [];
  try {
    await plan.prepare?.(pair, databaseUrl);
    const merchants = await makeMerchants(pair);
    followers.push(...startFollowers(pair, merchants));
    const told: Told[] = [];
    const end = performance.now() + plan.seconds * 1_000;
    const isOver = () => performance.now() >= end;
    const clients = merchants.flatMap((merchant, m) =>
      CLIENTS.map((name, n) => runClient({ pair, merchant, name, seed: plan.seed + 100 * m + n, isOver, told })),
    );
    const returns = await killAround({ ...plan, pair, isOver });
    await Promise.all(clients);
    pair.startEnded();
    await untilReady(pair);

    const operator = operatorOf(pair);
    const log = await readLog(operator, told);
    return {
      told,
      log,
      followers: await Promise.all(followers.map((follower) => settled(follower, log))),
      stock: (await Promise.all(merchants.map((merchant) => stockOf(pair, merchant)))).flat(),
      audit: await operator.audit(),
      returns,
      endedAlone: pair.endedAlone(),
    };
  } finally {
    await Promise.all(followers.map(({ follower }) => follower.stop()));
    await pair.stop();
  }
}

function operatorOf(pair: LedgerPair): LedgerClient {
  return createLedgerClient({ url: pair.urls[0], token: pair.serviceToken });
}

/** Two, who use the same ids, SKUs and locations. */
async function makeMerchants(pair: LedgerPair): Promise<Merchant[]> {
  const operator = operatorOf(pair);
  return await Promise.all(
    ["acme", "bolt"].map(async (id) => {
      await operator.createMerchant(id);
      return { id, token: await operator.createToken(id, "night") };
    }),
  );
}

interface NightFollower {
  readonly follower: Follower<Seen>;
  /** Whose events it may see; null: everyone's. */
  readonly merchant: string | null;
}

/** A poller and a stream that see everything, and two that see one merchant's; they begin at different processes. */
function startFollowers({ urls, serviceToken }: LedgerPair, merchants: readonly Merchant[]): NightFollower[] {
  const others = urls.toReversed();
  return [{ id: null, token: serviceToken }, ...merchants.slice(0, 1)].flatMap(({ id, token }) => [
    { merchant: id, follower: followByPolling(`the poller of ${id ?? "all"}`, urls, token) },
    { merchant: id, follower: followByStream(`the stream of ${id ?? "all"}`, others, token) },
  ]);
}

/** Gives it time to see the end of the log; what it has missed by then is for the checks to tell. */
async function settled({ follower, merchant }: NightFollower, log: readonly LedgerEvent[]): Promise<Followed> {
  const last = log.findLast((event) => merchant === null || event.merchant_id === merchant);
  await follower.reaches(last?.position ?? 0).catch(() => undefined);
  await follower.stop();
  return { name: follower.name, merchant, seen: follower.events };
}

/** The whole log, once nobody adds to it: the last short reservation was released, or should have been long ago. */
async function readLog(operator: LedgerClient, told: readonly Told[]): Promise<LedgerEvent[]> {
  const log: LedgerEvent[] = [];
  const deadline = performance.now() + EXPIRY_MS;
  for (let after = 0; ;) {
    const options = { limit: 5_000, waitMs: QUIET_MS };
    const { events, next } = await operator.events(after, options).catch((error: unknown) => {
      // A log that has become shorter: the checks will tell.
      if (error instanceof LedgerError && error.code === "position_ahead") return { events: [], next: after };
      throw error;
    });
    if (events.length === 0 && (unended({ told, log }).length === 0 || performance.now() > deadline)) return log;
    log.push(...events);
    after = next;
  }
}

/** What a merchant is told of its stock, by its own token. */
async function stockOf(pair: LedgerPair, { id, token }: Merchant): Promise<Balance[]> {
  const query = SKUS.map((sku) => `sku=${encodeURIComponent(sku)}`).join("&");
  const answer = await until("the merchant is told its stock", () =>
    ask(pair.urls[1], token, { method: "GET", path: `/v1/stock?${query}` }, { timeoutMs: 5_000 }),
  );
  return answer.body.stock.flatMap(
    (one: { sku: string; locations: { location_id: string; on_hand: number; reserved: number }[] }) =>
      one.locations.map(({ location_id, on_hand, reserved }) => ({
        merchant: id,
        sku: one.sku,
        location: location_id,
        onHand: on_hand,
        reserved,
      })),
  );
}
