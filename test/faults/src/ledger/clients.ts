import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { ask, type Answer, type Request } from "./ask.ts";
import type { LedgerPair, Side } from "./ledger-pair.ts";
import { endless } from "./endless.ts";

/** A merchant and its token. */
export interface Merchant {
  readonly id: string;
  readonly token: string;
}

/** A request and what came of each try of it. */
export interface Told {
  readonly merchant: string;
  readonly request: Request;
  /** Undefined: no answer, so it may have been done, or may yet be. */
  readonly tries: readonly (Answer | undefined)[];
}

export const SKUS = ["LAMP", "MUG 11oz (white)", "TEE-XL"] as const;
const LOCATIONS = ["WH1", "WH2"] as const;

/** How long a reservation lasts that is to expire; the others outlast the night. */
export const SHORT_SECONDS = 1;

/** What a client would like to do; ids and what it refers to are filled in as its turn comes. */
type Wish =
  | { readonly kind: "tell"; readonly events: readonly object[] }
  | { readonly kind: "reserve"; readonly lines: readonly object[]; readonly ttl_seconds: number }
  | { readonly kind: "commit" | "release" | "repeat"; readonly which: number };

const sku = fc.constantFrom(...SKUS);
const location_id = fc.constantFrom(...LOCATIONS);
const quantity = fc.integer({ min: 1, max: 3 });
const policy = fc.constantFrom("record", "enforce");
const event = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      event_type: fc.constantFrom("inventory.receiving", "inventory.sale", "inventory.sale", "inventory.return"),
      sku,
      location_id,
      quantity,
      policy,
    }),
  },
  fc.record({ event_type: fc.constant("inventory.adjustment"), sku, location_id, set_on_hand: quantity, policy }),
  fc.record({
    event_type: fc.constant("inventory.transfer"),
    sku,
    location_id: fc.constant("WH1"),
    to_location_id: fc.constant("WH2"),
    quantity,
    policy,
  }),
);
const line = fc.record({ sku, location_id, quantity: fc.integer({ min: 1, max: 2 }) });
const which = fc.nat(1_000);
const wish: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("tell"), events: fc.array(event, { minLength: 1, maxLength: 6 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("reserve"),
      lines: fc.array(line, { minLength: 1, maxLength: 3 }),
      ttl_seconds: fc.constantFrom(SHORT_SECONDS, 86_400, 86_400),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("commit", "release", "repeat"), which }) },
);

/** How a client goes about one request. */
const manner = fc.record({
  side: fc.constantFrom<Side>(0, 1),
  timeoutMs: fc.integer({ min: 30, max: 1_500 }),
  pauseMs: fc.integer({ min: 1, max: 25 }),
  /** Now and then somebody never asks again, and never learns what came of it. */
  givesUp: fc.nat(9).map((n) => n === 0),
});

/** More than a minute of them, should nobody answer any more. */
const TRIES = 40;

/**
 * A client of one merchant: asks one thing after the other until `isOver`, times out, and repeats with the same ids at
 * the other process until there is an answer that is no 503. Merchants' clients of one name use the same ids.
 */
export async function runClient(options: {
  readonly pair: LedgerPair;
  readonly merchant: Merchant;
  readonly name: string;
  readonly seed: number;
  readonly isOver: () => boolean;
  readonly told: Told[];
}): Promise<void> {
  const { pair, merchant, name, isOver } = options;
  const wishes = endless(wish, options.seed);
  const manners = endless(manner, options.seed + 1);
  const own: Told[] = [];
  for (let n = 0; !isOver(); n += 1) {
    const request = requestOf(wishes.next().value, own, `${name}-${n}`);
    const { side, timeoutMs, pauseMs, givesUp } = manners.next().value;
    const tries: (Answer | undefined)[] = [];
    const told = { merchant: merchant.id, request, tries };
    own.push(told);
    options.told.push(told);
    for (let at: Side = side, wait = timeoutMs; tries.length < TRIES; at = at === 0 ? 1 : 0) {
      const answer = await ask(pair.urls[at], merchant.token, request, { timeoutMs: wait });
      tries.push(answer);
      if ((answer && answer.status !== 503) || givesUp) break;
      wait = Math.min(2 * wait, 2_000);
      await delay(20);
    }
    await delay(pauseMs);
  }
}

function requestOf(wish: Wish, own: readonly Told[], id: string): Request {
  switch (wish.kind) {
    case "tell": {
      const told = { source: "night", timestamp: new Date().toISOString() };
      const events = wish.events.map((one, index) => ({ ...one, ...told, event_id: `${id}-${index}` }));
      return { method: "POST", path: "/v1/events", body: { events } };
    }
    case "reserve": {
      const { lines, ttl_seconds } = wish;
      return { method: "POST", path: "/v1/reservations", body: { reservation_id: id, lines, ttl_seconds } };
    }
    case "commit":
    case "release": {
      const reservations = own.flatMap(({ request }) => reservationOf(request) ?? []);
      // Recent ones: the old ones have ended.
      const chosen = reservations.at(-1 - (wish.which % 5)) ?? "none";
      return wish.kind === "commit"
        ? { method: "POST", path: `/v1/reservations/${chosen}/commit`, body: {} }
        : { method: "DELETE", path: `/v1/reservations/${chosen}` };
    }
    case "repeat":
      return own.at(-1 - (wish.which % 20))?.request ?? { method: "DELETE", path: "/v1/reservations/none" };
  }
}

/** The id in a request to reserve; undefined for every other. */
export function reservationOf({ path, body }: Request): string | undefined {
  return path === "/v1/reservations" && body && "reservation_id" in body ? String(body.reservation_id) : undefined;
}
