import fc from "fast-check";
import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimPushes, releasePushes, type Channel, type ClaimedPush, type PushOutcome } from "../src/index.ts";
import {
  connect,
  follow,
  list,
  listing,
  openStore,
  settle,
  startTestPostgres,
  TestLog,
  type TestPostgres,
} from "./fixtures.ts";

let postgres: TestPostgres;
let pool: Pool;
/** One for all worlds: the store follows one log. */
const ledger = new TestLog();

beforeAll(async () => {
  postgres = await startTestPostgres();
  pool = await openStore(postgres);
});
afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

type Step =
  | { readonly do: "stock"; readonly change: number }
  /** A buyer on the channel; the order is heard later. */
  | { readonly do: "buy"; readonly quantity: number }
  | { readonly do: "hear" }
  | { readonly do: "follow" }
  | { readonly do: "claim" }
  /** The call reaches the channel, and its answer is kept for the settlement. */
  | { readonly do: "send"; readonly isAnswerLost: boolean }
  | { readonly do: "settle" }
  | { readonly do: "release" };

const unlikely = fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant("stock"), change: fc.integer({ min: -4, max: 5 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("buy"), quantity: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("hear") }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("follow") }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("claim") }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("send"), isAnswerLost: unlikely }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("settle") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("release") }) },
);

/** A listing on a channel, its buyers, our worker, and the ledger between them. */
class World {
  readonly #channel: Channel;
  readonly #listingId: string;
  readonly #sku: string;
  /** What the channel really shows. */
  actual = 0;
  #orders: { readonly id: number; readonly quantity: number; readonly at: Date }[] = [];
  #ordered = 0;
  #claimed: ClaimedPush | undefined;
  #answer: { readonly outcome: PushOutcome; readonly requestedAt: Date; readonly answeredAt: Date } | undefined;

  constructor(channel: Channel, listingId: string, sku: string) {
    this.#channel = channel;
    this.#listingId = listingId;
    this.#sku = sku;
  }

  async take(next: Step): Promise<void> {
    switch (next.do) {
      case "stock":
        ledger.receive(this.#sku, next.change);
        return;
      case "buy":
        return this.#buy(Math.min(next.quantity, this.actual));
      case "hear":
        return this.#hear();
      case "follow":
        await follow(pool, ledger);
        return;
      case "claim":
        if (this.#claimed) return;
        this.#claimed = (await claimPushes(pool, this.#channel.channelId, [this.#listingId], 60)).claimed[0];
        return;
      case "send":
        return this.#send(next.isAnswerLost);
      case "settle":
        return this.#settle();
      case "release":
        if (!this.#claimed || this.#answer) return;
        await releasePushes(pool, [this.#claimed]);
        this.#claimed = undefined;
    }
  }

  #buy(quantity: number): void {
    if (quantity === 0) return;
    this.actual -= quantity;
    this.#ordered += 1;
    this.#orders.push({ id: this.#ordered, quantity, at: clock() });
  }

  #hear(): void {
    const order = this.#orders.shift();
    if (!order) return;
    const event_id = `${this.#channel.channelKey}:order:${order.id}:line:1:sale`;
    ledger.sell(this.#sku, order.quantity, { event_id, timestamp: order.at.toISOString() });
  }

  /** As the worker and the channel do: compared where the channel compares, read before a raise where it does not. */
  #send(isAnswerLost: boolean): void {
    if (!this.#claimed || this.#answer) return;
    const { expected, quantity } = this.#claimed;
    const requestedAt = clock();
    const isRaise = expected === null || quantity > expected;
    const isCompared = this.#channel.comparesAndSets ? expected !== null : isRaise;
    const isStale = isCompared && expected !== this.actual;
    const outcome: PushOutcome = isStale ? { status: "stale", actual: this.actual } : { status: "accepted" };
    if (!isStale) this.actual = quantity;
    const told: PushOutcome = isAnswerLost ? { status: "failed", message: "timeout" } : outcome;
    this.#answer = { outcome: told, requestedAt, answeredAt: clock() };
  }

  async #settle(): Promise<void> {
    if (!this.#claimed || !this.#answer) return;
    await settle(pool, this.#claimed, this.#answer.outcome, this.#answer);
    this.#claimed = undefined;
    this.#answer = undefined;
  }

  /** Every order is heard, every event followed, and pushes go on until none is left. */
  async comeToRest(): Promise<void> {
    while (this.#orders.length > 0) this.#hear();
    await this.take({ do: "send", isAnswerLost: false });
    await this.take({ do: "settle" });
    await this.take({ do: "follow" });
    for (let pushes = 0; pushes < 6; pushes += 1) {
      for (const next of ["claim", "send", "settle"] as const) await this.take({ do: next, isAnswerLost: false });
    }
  }
}

/** Steps are further apart than clocks may differ, so that before and after mean something. */
let time = Date.now() - 86_400_000;
function clock(): Date {
  time += 3_000;
  return new Date(time);
}

let worlds = 0;

describe.each([
  ["that compares before it sets", true],
  ["that is read before it is raised", false],
])("a channel %s", (_what, comparesAndSets) => {
  it("shows what is desired once everything is heard, whatever happened in between", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60, size: "max" }), async (steps) => {
        worlds += 1;
        const sku = `SKU-${worlds}`;
        const channel = await connect(pool, { comparesAndSets });
        const listingId = await list(pool, channel, sku);
        const world = new World(channel, listingId, sku);
        await world.take({ do: "stock", change: 20 });
        await world.comeToRest();
        for (const next of steps) await world.take(next);
        await world.comeToRest();

        const found = await listing(pool, listingId);
        expect({ actual: world.actual, shown: found.shown, unseen: found.unseenUnits }).toEqual({
          actual: found.desired,
          shown: found.desired,
          unseen: 0,
        });
      }),
      { numRuns: 50 },
    );
  });
});
