import { vi, type ExpectStatic } from "vitest";
import type { ChannelSession, OrderPage } from "../adapter.ts";
import { chunksOf } from "../chunks-of.ts";
import { ChannelError } from "../errors.ts";
import type { ImportedListing, ImportPage, InventoryUpdate, ListingRef, UpdateOutcome } from "../inventory.ts";
import type { OrderSnapshot } from "../orders.ts";
import type { Delivery, InboundFacts, RawRequest } from "../webhooks.ts";
import { callWithin, type ConformanceHarness } from "./harness.ts";

const MAX_PAGES = 100;

/** Imports to the end. */
export async function importAll({ session }: ConformanceHarness): Promise<{
  readonly listings: readonly ImportedListing[];
  readonly pages: number;
  readonly totals: readonly (number | null)[];
}> {
  const listings: ImportedListing[] = [];
  const totals: (number | null)[] = [];
  let cursor: string | null = null;
  for (let pages = 1; pages <= MAX_PAGES; pages += 1) {
    const page: ImportPage = await importPage(session, cursor);
    listings.push(...page.listings);
    totals.push(page.total);
    cursor = page.next;
    if (cursor === null) return { listings, pages, totals };
  }
  throw new Error(`the import did not end after ${MAX_PAGES} pages`);
}

export async function importPage(session: ChannelSession, cursor: string | null): Promise<ImportPage> {
  return await session.importListings(cursor, callWithin());
}

/** The imported listings as the worker will name them, in the order of `skus`. */
export async function importRefs(harness: ConformanceHarness, skus: readonly string[]): Promise<readonly ListingRef[]> {
  const { listings } = await importAll(harness);
  return skus.map((sku) => {
    const found = listings.find((listing) => listing.sku === sku);
    if (!found) throw new Error(`the import did not bring ${sku}`);
    return toRef(found);
  });
}

export async function importRef(harness: ConformanceHarness, sku: string): Promise<ListingRef> {
  const [found] = await importRefs(harness, [sku]);
  if (!found) throw new Error(`the import did not bring ${sku}`);
  return found;
}

function toRef({ sku, externalId, externalLocationId, external }: ImportedListing): ListingRef {
  return { listingId: `listing-of-${sku}`, sku, externalId, externalLocationId, external };
}

/** An update that believes `expected` is shown; by default what the simulator's books say. */
export function update(
  harness: ConformanceHarness,
  listing: ListingRef,
  quantity: number,
  expected: number | null = harness.shown(listing.sku),
): InventoryUpdate {
  return { listing, quantity, expected, position: 1 };
}

/** Pushes in calls of the size the adapter allows. */
export async function pushAll(
  harness: ConformanceHarness,
  updates: readonly InventoryUpdate[],
): Promise<readonly UpdateOutcome[]> {
  const outcomes: UpdateOutcome[] = [];
  for (const part of chunksOf(updates, harness.adapter.capabilities.listingsPerCall)) {
    outcomes.push(...(await harness.session.pushInventory(part, callWithin())));
  }
  return outcomes;
}

/** Waits until buyers see these quantities: some channels apply a write after they have answered it. */
export async function shows(
  harness: ConformanceHarness,
  expect: ExpectStatic,
  quantities: { readonly [sku: string]: number },
): Promise<void> {
  const shown = () => Object.fromEntries(Object.keys(quantities).map((sku) => [sku, harness.shown(sku)]));
  await eventually(() => expect(shown()).toEqual(quantities));
}

/** Waits until the check passes; the limit is wide, for a busy machine. */
export async function eventually<T>(check: () => T): Promise<T> {
  return await vi.waitFor(check, { timeout: 10_000, interval: 20 });
}

/** Polls until nothing more follows. @returns the last page, with the orders of all. */
export async function pollAll(
  { session }: Pick<ConformanceHarness, "session">,
  from: string | Date,
): Promise<OrderPage> {
  const orders: OrderSnapshot[] = [];
  let next = from;
  for (let pages = 1; pages <= MAX_PAGES; pages += 1) {
    const page = await session.pollOrders(next, callWithin());
    orders.push(...page.orders);
    next = page.cursor;
    if (!page.more) return { ...page, orders };
  }
  throw new Error(`polling did not end after ${MAX_PAGES} pages`);
}

/** The newest snapshot of one order that polling brings; retried, since a channel's order list may lag. */
export async function pollFor(
  harness: ConformanceHarness,
  from: string | Date,
  orderId: string,
): Promise<OrderSnapshot> {
  return await vi.waitFor(
    async () => {
      const { orders } = await pollAll(harness, from);
      const found = orders.findLast((order) => order.orderId === orderId);
      if (!found) throw new Error(`polling did not bring order ${orderId}`);
      return found;
    },
    { timeout: 10_000, interval: 100 },
  );
}

/** Makes the channel tell us of its events, where it has to be asked. @returns what had to be mended. */
export async function subscribe(harness: ConformanceHarness): Promise<readonly string[]> {
  return (await harness.session.subscribe?.(harness.channel.url, callWithin())) ?? [];
}

/** Verifies a captured request as the gateway would, and stores it. */
export async function accept(
  harness: ConformanceHarness,
  request: RawRequest,
  now: number = Date.now(),
): Promise<Delivery> {
  const { webhooks } = harness.adapter;
  if (!webhooks) throw new Error("this channel sends no webhooks");
  const verified = await webhooks.verify(request, harness.channel, now);
  const headers = Object.entries(request.headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    ...verified,
    headers: Object.fromEntries(headers),
    body: request.body,
    receivedAt: new Date(now).toISOString(),
  };
}

/** Everything the channel tells without being asked, until it is enough. */
export async function listen(
  harness: ConformanceHarness,
  isEnough: (told: readonly InboundFacts[]) => boolean,
  /** How many of the captured requests came before and do not count. */
  after = 0,
): Promise<readonly InboundFacts[]> {
  const told: InboundFacts[] = [];
  let known = after;
  return await vi.waitFor(
    async () => {
      const deliveries = await newDeliveries(harness, known);
      known += deliveries.length;
      for (const delivery of deliveries) told.push(await harness.session.normalize(delivery, callWithin()));
      if (!isEnough(told)) throw new Error(`the channel has not told enough (${known - after} deliveries)`);
      return told;
    },
    { timeout: 10_000, interval: 50 },
  );
}

/** The newest snapshot of one order that the channel tells without being asked. */
export async function hear(
  harness: ConformanceHarness,
  orderId: string,
  options: {
    /** Deliveries that came before do not count: one that is a hint would be answered with what is true now. */
    readonly after?: number;
    readonly until?: (newest: OrderSnapshot) => boolean;
  } = {},
): Promise<OrderSnapshot> {
  const { after = 0, until = () => true } = options;
  const newest = (told: readonly InboundFacts[]) => snapshotsOf(told, orderId).findLast(until);
  const told = await listen(harness, (facts) => newest(facts) !== undefined, after);
  const found = newest(told);
  if (!found) throw new Error(`the channel has not told of order ${orderId}`);
  return found;
}

/** What was told of one order, oldest first. */
export function snapshotsOf(told: readonly InboundFacts[], orderId: string): readonly OrderSnapshot[] {
  return told.flatMap(({ orders }) => orders).filter((order) => order.orderId === orderId);
}

async function newDeliveries(harness: ConformanceHarness, known: number): Promise<readonly Delivery[]> {
  if (harness.adapter.webhooks) {
    return await Promise.all(
      harness
        .deliveries()
        .slice(known)
        .map((request) => accept(harness, request)),
    );
  }
  const received = (await harness.session.receive?.(1, callWithin())) ?? [];
  await Promise.all(received.map((one) => one.acknowledge()));
  return received.map((one) => one.delivery);
}

/** The `ChannelError` that a call ends with. */
export async function errorOf(work: Promise<unknown>): Promise<ChannelError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ChannelError)) throw new Error("expected a ChannelError", { cause: error });
  return error;
}
