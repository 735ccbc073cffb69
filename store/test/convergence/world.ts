import {
  claimUnconfirmed,
  confirmShown,
  currentCheckpoint,
  doubtShown,
  forgetShown,
  forgetUnseen,
  releasePushes,
  saveOrdersCursor,
  type Channel,
  type ClaimedPush,
  type PushOutcome,
} from "../../src/index.ts";
import { claimAll, connect, follow, list, listing, settle, type TestStore } from "../fixtures.ts";
import type { Step } from "./steps.ts";

interface Order {
  readonly id: number;
  readonly shelf: Shelf;
  readonly quantity: number;
  readonly at: Date;
  cancelledAt: Date | undefined;
  isHeard: boolean;
  isCancelHeard: boolean;
  isFollowed: boolean;
  /** Sold when nobody could know what the listing showed: what was written then may have undone it until it is heard. */
  isExcused: boolean;
}

/** A push on its way, by one of two workers. */
interface Flight {
  readonly push: ClaimedPush;
  readonly unseen: number;
  answer?: { readonly outcome: PushOutcome; readonly requestedAt: Date; readonly answeredAt: Date };
}

/** A listing on the channel. */
interface Shelf {
  readonly listingId: string;
  readonly externalId: string;
  /** What the channel really shows. */
  actual: number;
  /** What it accepted and does not show yet, until then at the latest. */
  readonly applying: { readonly quantity: number; readonly by: number }[];
  readonly flights: Flight[];
  /** Units that a push found missing here, less those of them that were heard of since. */
  missing: number;
}

/** The listings of one SKU on a channel, their buyers, our workers, and the ledger between them. */
export class World {
  readonly channel: Channel;
  readonly shelves: readonly Shelf[];
  /** Units sold that a raise brought back, though it was known what the listing had shown before them. */
  undone = 0;
  readonly #its: TestStore;
  readonly #sku: string;
  readonly #orders: Order[] = [];

  constructor(its: TestStore, channel: Channel, sku: string, shelves: readonly Shelf[]) {
    this.#its = its;
    this.channel = channel;
    this.#sku = sku;
    this.shelves = shelves;
  }

  async take(next: Step): Promise<void> {
    const shelf = pick(this.shelves, next.at);
    if (!shelf) return;
    switch (next.do) {
      case "stock":
        this.#its.ledger.receive(this.#sku, next.change);
        return;
      case "buy":
        return this.#buy(shelf, Math.min(next.quantity, shelf.actual));
      case "cancel":
        return this.#cancel(next.at, next.comesBack);
      case "hear":
        return this.#hear(pick(this.#orders.filter(hasNews), next.at));
      case "follow":
        return this.#follow();
      case "claim":
        return this.#claim(shelf);
      case "expire":
        await this.#its.pool.query(
          "update sync_state set push_leased_until = now() - interval '1 second' where listing_id = $1 and push_lease is not null",
          [shelf.listingId],
        );
        return;
      case "send":
        return this.#send(shelf, next);
      case "settle":
        return this.#settle(shelf, next.at);
      case "release":
        return this.#release(shelf);
      case "apply":
        return apply(shelf, Infinity);
      case "readBack":
        return this.#readBack(shelf);
      case "doubt":
        return doubtShown(this.#its.pool, this.channel.channelId, named(shelf));
      case "edit":
        shelf.actual = next.quantity;
        shelf.applying.splice(0);
        this.#excuse(shelf);
        // No channel that applies later tells of doubts: what it read back by chance as believed would not be found out.
        if (next.isDoubt && this.channel.appliesWithinMs === 0)
          await doubtShown(this.#its.pool, this.channel.channelId, named(shelf));
        else await forgetShown(this.#its.pool, this.channel.channelId, named(shelf));
        return;
      case "poll":
        return this.#poll();
    }
  }

  /** Steps are further apart than clocks may differ, so that before and after mean something. */
  #clock(): Date {
    time += 3_000;
    for (const shelf of this.shelves) apply(shelf, time);
    return new Date(time);
  }

  #buy(shelf: Shelf, quantity: number): void {
    const at = this.#clock();
    const left = Math.min(quantity, shelf.actual);
    if (left === 0) return;
    shelf.actual -= left;
    const id = this.#orders.length + 1;
    const told = { cancelledAt: undefined, isHeard: false, isCancelHeard: false, isFollowed: false, isExcused: false };
    this.#orders.push({ id, shelf, quantity: left, at, ...told });
  }

  #cancel(nth: number, comesBack: boolean): void {
    const order = pick(
      this.#orders.filter(({ cancelledAt }) => !cancelledAt),
      nth,
    );
    if (!order) return;
    order.cancelledAt = this.#clock();
    if (this.channel.restocksCancelled || comesBack) order.shelf.actual += order.quantity;
  }

  #hear(order: Order | undefined): void {
    if (!order) return;
    const { id, quantity } = order;
    const event = `${this.channel.channelKey}:order:${id}:line:1`;
    if (!order.isHeard)
      this.#its.ledger.sell(this.#sku, quantity, { event_id: `${event}:sale`, timestamp: order.at.toISOString() });
    order.isHeard = true;
    if (!order.cancelledAt || order.isCancelHeard) return;
    order.isCancelHeard = true;
    const told = { event_id: `${event}:cancel`, reason: "order_cancelled", timestamp: order.cancelledAt.toISOString() };
    this.#its.ledger.add("inventory.return", this.#sku, { onHand: quantity, reserved: 0 }, told);
  }

  async #follow(): Promise<void> {
    await follow(this.#its.pool, this.#its.ledger);
    for (const order of this.#orders.filter(({ isHeard, isFollowed }) => isHeard && !isFollowed)) {
      order.isFollowed = true;
      order.shelf.missing = Math.max(order.shelf.missing - order.quantity, 0);
    }
  }

  async #claim(shelf: Shelf): Promise<void> {
    if (shelf.flights.length >= 2) return;
    const [push] = (await claimAll(this.#its.pool, this.channel, [shelf.listingId], { leaseSeconds: 600 })).claimed;
    if (!push) return;
    shelf.flights.push({ push, unseen: await this.#unseen(shelf) });
  }

  /** As the worker and the channel do: compared where the channel compares, read before a raise where it does not. */
  #send(shelf: Shelf, { at, lost }: { readonly at: number; readonly lost: "nothing" | "call" | "answer" }): void {
    const flight = pick(
      shelf.flights.filter(({ answer }) => !answer),
      at,
    );
    if (!flight) return;
    const { expected, quantity } = flight.push;
    const requestedAt = this.#clock();
    const isRaise = quantity > (expected ?? 0);
    const isCompared = this.channel.comparesAndSets ? expected !== null : isRaise;
    const isStale = isCompared && expected !== shelf.actual;
    const outcome: PushOutcome = isStale ? { status: "stale", actual: shelf.actual } : { status: "accepted" };
    if (lost !== "call" && !isStale) this.#write(shelf, flight);
    if (expected === null || !isCompared) this.#excuse(shelf);
    const told: PushOutcome = lost === "nothing" ? outcome : { status: "failed", message: "timeout" };
    flight.answer = { outcome: told, requestedAt, answeredAt: this.#clock() };
  }

  #write(shelf: Shelf, { push: { quantity, expected }, unseen }: Flight): void {
    if (expected !== null && quantity > expected) this.undone += Math.max(this.#unknownSales(shelf) - unseen, 0);
    if (this.channel.appliesWithinMs === 0) shelf.actual = quantity;
    else shelf.applying.push({ quantity, by: time + this.channel.appliesWithinMs - 3_000 });
  }

  /** Units that a write would bring back to life, if it did not know that they are missing. */
  #unknownSales(shelf: Shelf): number {
    const sold = this.#orders.filter((one) => one.shelf === shelf && !one.isFollowed && !one.isExcused);
    return sold.reduce((sum, { quantity }) => sum + quantity, 0);
  }

  #excuse(shelf: Shelf): void {
    for (const order of this.#orders) if (order.shelf === shelf && !order.isFollowed) order.isExcused = true;
  }

  async #settle(shelf: Shelf, nth: number): Promise<void> {
    const flight = pick(
      shelf.flights.filter(({ answer }) => answer),
      nth,
    );
    if (!flight?.answer) return;
    shelf.flights.splice(shelf.flights.indexOf(flight), 1);
    await this.#settled(shelf, flight.push, flight.answer);
  }

  async #settled(shelf: Shelf, push: ClaimedPush, answer: NonNullable<Flight["answer"]>): Promise<void> {
    const before = await this.#unseen(shelf);
    await settle(this.#its.pool, push, answer.outcome, answer);
    shelf.missing += (await this.#unseen(shelf)) - before;
  }

  async #unseen({ listingId }: Shelf): Promise<number> {
    return (await listing(this.#its.pool, listingId)).unseenUnits ?? 0;
  }

  /** The listings of which less is kept off than is known to be missing there. */
  async offeredTooEarly(): Promise<readonly Shelf[]> {
    const unseen = await Promise.all(this.shelves.map((shelf) => this.#unseen(shelf)));
    return this.shelves.filter(({ missing }, nth) => (unseen[nth] ?? 0) < missing);
  }

  async #release(shelf: Shelf): Promise<void> {
    const flight = shelf.flights.find(({ answer }) => !answer);
    if (!flight) return;
    shelf.flights.splice(shelf.flights.indexOf(flight), 1);
    await releasePushes(this.#its.pool, [flight.push]);
  }

  /** Once the channel had the time that it takes. */
  async #readBack(shelf: Shelf): Promise<void> {
    if (shelf.applying.length > 0) return;
    await this.#its.pool.query(
      "update sync_state set confirm_at = now() where listing_id = $1 and confirm_at is not null",
      [shelf.listingId],
    );
    for (const push of await claimUnconfirmed(this.#its.pool, this.channel.channelId, 10, 600)) {
      const read = this.shelves.find(({ listingId }) => listingId === push.listingId);
      const actual = read?.actual ?? 0;
      if (!read || actual === push.expected) await confirmShown(this.#its.pool, [push], this.#clock());
      else {
        const outcome = { status: "stale", actual } as const;
        await this.#settled(read, push, { outcome, requestedAt: this.#clock(), answeredAt: this.#clock() });
      }
    }
  }

  async #poll(): Promise<void> {
    for (const order of this.#orders) this.#hear(hasNews(order) ? order : undefined);
    await this.#follow();
    await saveOrdersCursor(this.#its.pool, this.channel.channelId, "c", new Date());
    const { readAt } = await currentCheckpoint(this.#its.pool);
    await forgetUnseen(this.#its.pool, { marginSeconds: 0, followedUntil: readAt });
    for (const shelf of this.shelves) shelf.missing = 0;
    // By this world's clock.
    await this.#its.pool.query("update sync_state set blind_at = $2 where channel_id = $1 and blind_at > $2", [
      this.channel.channelId,
      this.#clock(),
    ]);
  }

  /** Every order is heard, every event followed, and pushes go on until none is left. */
  async comeToRest(): Promise<void> {
    const all = async (next: (at: number) => Step, times = 1) => {
      for (let time = 0; time < times; time += 1) for (const at of this.shelves.keys()) await this.take(next(at));
    };
    const push = async () => {
      await all((at) => ({ do: "claim", at }));
      await all((at) => ({ do: "send", at, lost: "nothing" }), 2);
      await all((at) => ({ do: "settle", at }), 2);
      await all((at) => ({ do: "apply", at }));
      await all((at) => ({ do: "readBack", at }));
    };
    await push();
    await all((at) => ({ do: "expire", at }));
    // What a push finds missing after a poll is let go of by the next one.
    for (let rounds = 0; rounds < 3 || (rounds < 8 && !(await this.#isAtRest())); rounds += 1) {
      await this.take({ do: "poll", at: 0 });
      for (let pushes = 0; pushes < 6; pushes += 1) await push();
    }
  }

  async #isAtRest(): Promise<boolean> {
    const all = await Promise.all(this.shelves.map(({ listingId }) => listing(this.#its.pool, listingId)));
    return all.every(({ desired, shown, unseenUnits }) => shown === desired && unseenUnits === 0);
  }
}

function hasNews({ isHeard, cancelledAt, isCancelHeard }: Order): boolean {
  return !isHeard || (cancelledAt !== undefined && !isCancelHeard);
}

function named({ externalId }: Shelf) {
  return { externalId, externalLocationId: null };
}

function pick<Item>(items: readonly Item[], nth: number): Item | undefined {
  return items[nth % Math.max(items.length, 1)];
}

/** What the channel accepted until then is shown, the last of it. */
function apply(shelf: Shelf, until: number): void {
  const due = shelf.applying.filter(({ by }) => by <= until);
  shelf.applying.splice(0, due.length);
  shelf.actual = due.at(-1)?.quantity ?? shelf.actual;
}

let time = Date.now() - 20 * 86_400_000;
let worlds = 0;

/** A channel as `told`, with so many listings of one SKU, each in step. */
export async function openWorld(its: TestStore, told: Parameters<typeof connect>[1], listings: number): Promise<World> {
  worlds += 1;
  const sku = `SKU-${worlds}`;
  const channel = await connect(its.pool, told);
  const shelves: Shelf[] = [];
  for (let nth = 0; nth < listings; nth += 1) {
    const externalId = `external-${sku}-${nth}`;
    const listingId = await list(its.pool, channel, sku, { externalId });
    shelves.push({ listingId, externalId, actual: 0, applying: [], flights: [], missing: 0 });
  }
  const world = new World(its, channel, sku, shelves);
  await world.take({ do: "stock", at: 0, change: 20 });
  await world.comeToRest();
  return world;
}
