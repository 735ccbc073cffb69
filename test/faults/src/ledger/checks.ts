import type { AuditAnswer, LedgerEvent } from "@lastunit/ledger/client";
import type { Answer, Request } from "./ask.ts";
import { reservationOf, SHORT_SECONDS, type Told } from "./clients.ts";
import type { Seen } from "./followers.ts";

/** All that can be known of a night when it is over, without looking into the database. */
export interface Night {
  readonly told: readonly Told[];
  /** The whole log, as the service token sees it. */
  readonly log: readonly LedgerEvent[];
  readonly followers: readonly Followed[];
  /** What each merchant is told of each of its SKUs at each location. */
  readonly stock: readonly Balance[];
  readonly audit: AuditAnswer;
  /** How the service came back, each time. */
  readonly returns: readonly Return[];
  /** Last words of ledger processes that ended although nobody killed them. */
  readonly endedAlone: readonly string[];
}

export interface Followed {
  readonly name: string;
  /** Whose events it may see; null: everyone's. */
  readonly merchant: string | null;
  readonly seen: readonly Seen[];
}

export interface Balance {
  readonly merchant: string;
  readonly sku: string;
  readonly location: string;
  readonly onHand: number;
  readonly reserved: number;
}

export interface Return {
  readonly what: string;
  /** From when PostgreSQL took connections again until that ledger was ready. */
  readonly ms: number;
}

/** Five seconds (docs/guarantees.md), and what a machine adds that is busy with other tests and with ledgers that start. */
const RETURN_MS = 8_000;

/** The promises, by name: each says how it was broken, one line each. */
export const checks = {
  log: logViolations,
  books: booksViolations,
  answers: answerViolations,
  acknowledged: acknowledgedViolations,
  reservations: reservationViolations,
  oversell: oversellViolations,
  followers: followersViolations,
  return: returnViolations,
} as const satisfies Record<string, (night: Night) => string[]>;

export type Check = keyof typeof checks;

/** What was broken, by check; {} when every promise was kept. */
export function violations(night: Night): Partial<Record<Check, string[]>> {
  const found: Partial<Record<Check, string[]>> = {};
  for (const [name, check] of Object.entries(checks)) {
    const broken = check(night);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of `checks`
    if (broken.length > 0) found[name as Check] = broken.slice(0, 10);
  }
  return found;
}

/** Positions are gapless, in order, and each event id is there once. */
function logViolations({ log }: Night): string[] {
  const broken: string[] = [];
  const ids = new Set<string>();
  for (const [index, { position, merchant_id, event_id }] of log.entries()) {
    if (position !== index + 1) broken.push(`the log has position ${position} where ${index + 1} belongs`);
    const id = `${merchant_id} ${event_id}`;
    if (ids.has(id)) broken.push(`${id} is in the log again at position ${position}`);
    ids.add(id);
  }
  return broken;
}

/** Each event's balance follows from the one before, and what merchants are told is the last of them; the audit agrees. */
function booksViolations({ log, stock, audit }: Night): string[] {
  const broken: string[] = [];
  const balances = new Map<string, { onHand: number; reserved: number }>();
  const at = (event: LedgerEvent, location: string) => {
    const place = `${event.merchant_id} ${event.sku} ${location}`;
    const balance = balances.get(place) ?? { onHand: 0, reserved: 0 };
    balances.set(place, balance);
    return balance;
  };
  for (const event of log) {
    const balance = at(event, event.location_id);
    balance.onHand += event.on_hand_change;
    balance.reserved += event.reserved_change;
    if (balance.onHand !== event.on_hand || balance.reserved !== event.reserved) {
      broken.push(
        `position ${event.position} notes ${event.on_hand}/${event.reserved}, not ${JSON.stringify(balance)}`,
      );
    }
    if (balance.reserved < 0) broken.push(`position ${event.position} takes reserved below zero`);
    if (event.to_location_id !== null) at(event, event.to_location_id).onHand -= event.on_hand_change;
  }
  for (const { merchant, sku, location, onHand, reserved } of stock) {
    const place = `${merchant} ${sku} ${location}`;
    const expected = balances.get(place) ?? { onHand: 0, reserved: 0 };
    balances.delete(place);
    if (expected.onHand !== onHand || expected.reserved !== reserved) {
      broken.push(`${place} is told as ${onHand}/${reserved}, the log makes ${JSON.stringify(expected)}`);
    }
  }
  for (const [place, balance] of balances) {
    if (balance.onHand !== 0 || balance.reserved !== 0) broken.push(`${place} is not told of at all`);
  }
  for (const mismatch of audit.mismatches) broken.push(`the audit names ${JSON.stringify(mismatch)}`);
  if (audit.events !== log.length) broken.push(`the audit saw ${audit.events} events, the log has ${log.length}`);
  return broken;
}

/** Nothing but what the contract names is ever answered; a 503 says when to come back. */
function answerViolations({ told }: Night): string[] {
  return told.flatMap(({ request, tries }) =>
    tries.flatMap((answer) => {
      if (!answer || isDefinite(answer)) return [];
      const { status, body, contentType, retryAfter } = answer;
      const isClear = contentType.startsWith("application/problem+json") && body.code === "unavailable";
      if (status === 503 && isClear && retryAfter > 0) return [];
      return [`${request.method} ${request.path} was answered ${status} ${JSON.stringify(body)}`];
    }),
  );
}

/** Decided, one way or the other. */
function isDefinite({ status }: Answer): boolean {
  return [200, 201, 404, 409].includes(status);
}

interface EventTold {
  readonly acknowledged: unknown[];
  /** Answered `recorded`: told for the first time. */
  recorded: number;
  isUncertain: boolean;
}

/**
 * Every acknowledged event is in the log once, as it was acknowledged; one that was refused is not; one without an answer
 * may be; and nothing else is. What was said of a reservation is in the log as well.
 */
function acknowledgedViolations({ told, log }: Night): string[] {
  const events = new Map<string, EventTold>();
  for (const { merchant, request, tries } of told) {
    for (const [index, eventId] of eventIdsOf(request).entries()) {
      const id = `${merchant} ${eventId}`;
      const one = events.get(id) ?? { acknowledged: [], recorded: 0, isUncertain: false };
      events.set(id, one);
      for (const answer of tries) {
        const result = answer?.status === 200 ? answer.body.results[index] : undefined;
        // A 503, too, may come for what was done.
        if (!result) one.isUncertain = true;
        else if (result.status !== "refused") one.acknowledged.push(asTold(result));
        if (result?.status === "recorded") one.recorded += 1;
      }
    }
  }
  const broken: string[] = [];
  const recorded = new Map(log.map((event) => [`${event.merchant_id} ${event.event_id}`, event]));
  for (const [id, { acknowledged, recorded: times, isUncertain }] of events) {
    const event = recorded.get(id);
    if (times > 1) broken.push(`${id} was answered as recorded ${times} times`);
    for (const result of acknowledged) {
      if (!event) broken.push(`${id} was acknowledged and is not in the log`);
      else if (!isSame(result, asTold(event))) {
        broken.push(`${id} was acknowledged as ${JSON.stringify(result)} and is ${JSON.stringify(asTold(event))}`);
      }
    }
    if (event && acknowledged.length === 0 && !isUncertain) broken.push(`${id} was refused and is in the log`);
  }
  for (const [id, { event_id }] of recorded) {
    if (!event_id.startsWith("reservation:") && !events.has(id))
      broken.push(`nobody told of ${id}, and it is in the log`);
  }
  const lives = livesOf(log);
  for (const { merchant, request, tries } of told) {
    for (const answer of tries) broken.push(...unfounded(lives, merchant, request, answer));
  }
  return broken;
}

function eventIdsOf({ path, body }: Request): string[] {
  if (path !== "/v1/events" || !body || !("events" in body) || !Array.isArray(body.events)) return [];
  return body.events.map((event: { event_id: string }) => event.event_id);
}

function asTold({ position, on_hand, reserved, available }: LedgerEvent) {
  return { position, on_hand, reserved, available };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What the log says of one reservation. */
interface Life {
  readonly reserved: string[];
  readonly sold: string[];
  readonly released: string[];
  readonly expired: string[];
}

/** By merchant and reservation. */
function livesOf(log: readonly LedgerEvent[]): ReadonlyMap<string, Life> {
  const lives = new Map<string, Life>();
  for (const event of log) {
    if (event.reservation_id === null) continue;
    const id = `${event.merchant_id} ${event.reservation_id}`;
    const life = lives.get(id) ?? { reserved: [], sold: [], released: [], expired: [] };
    lives.set(id, life);
    partOf(life, event).push(`${Math.abs(event.reserved_change)} ${event.sku} ${event.location_id}`);
  }
  return lives;
}

/** The short reservations that are in the log and have not ended there, by merchant and reservation. */
export function unended({ told, log }: Pick<Night, "told" | "log">): string[] {
  const lives = livesOf(log);
  const short = told.flatMap(({ merchant, request }) => {
    const reservationId = isShort(request) ? reservationOf(request) : undefined;
    return reservationId === undefined ? [] : [`${merchant} ${reservationId}`];
  });
  return [...new Set(short)].filter((id) => {
    const life = lives.get(id);
    return life && life.sold.length + life.released.length + life.expired.length === 0;
  });
}

/** A reservation is made once, all of it or nothing; its lines end once and all alike, and no later than it expires. */
function reservationViolations({ told, log }: Night): string[] {
  const lives = livesOf(log);
  const asked = new Map<string, { readonly lines: string[]; readonly answers: (Answer | undefined)[] }>();
  for (const { merchant, request, tries } of told) {
    const reservationId = reservationOf(request);
    if (reservationId === undefined) continue;
    const id = `${merchant} ${reservationId}`;
    const one = asked.get(id) ?? { lines: linesOf(request), answers: [] };
    asked.set(id, one);
    one.answers.push(...tries);
  }

  const broken: string[] = [];
  for (const [id, { reserved, sold, released, expired }] of lives) {
    const lines = asked.get(id)?.lines;
    if (!lines) broken.push(`nobody asked for reservation ${id}`);
    else if (!hasSame(reserved, lines))
      broken.push(`reservation ${id} holds ${reserved.join()}, asked was ${lines.join()}`);
    const ends = [sold, released, expired].filter((end) => end.length > 0);
    if (ends.length > 1) broken.push(`reservation ${id} ended in ${ends.length} ways`);
    for (const end of ends) {
      if (!hasSame(end, reserved)) broken.push(`reservation ${id} held ${reserved.join()} and ended as ${end.join()}`);
    }
  }
  for (const id of unended({ told, log })) broken.push(`reservation ${id} is over and was not released`);
  for (const [id, { answers }] of asked) {
    const made = answers.filter((answer) => answer?.status === 201).length;
    if (made > 1) broken.push(`reservation ${id} was made ${made} times`);
    const isRefused = answers.every((answer) => answer?.status === 409);
    if (isRefused && lives.has(id)) broken.push(`reservation ${id} was refused and is in the log`);
  }
  return broken;
}

function partOf(life: Life, { event_type, reason }: LedgerEvent): string[] {
  if (event_type === "inventory.reserve") return life.reserved;
  if (event_type === "inventory.sale") return life.sold;
  return reason === "expired" ? life.expired : life.released;
}

/** Over by the end of the night. */
function isShort({ body }: Request): boolean {
  return body !== undefined && "ttl_seconds" in body && body.ttl_seconds === SHORT_SECONDS;
}

function linesOf({ body }: Request): string[] {
  if (!body || !("lines" in body) || !Array.isArray(body.lines)) return [];
  return body.lines.map(
    (line: { sku: string; location_id: string; quantity: number }) =>
      `${line.quantity} ${line.sku} ${line.location_id}`,
  );
}

function hasSame(some: readonly string[], others: readonly string[]): boolean {
  return isSame(some.toSorted(), others.toSorted());
}

/** Where the log must bear out what is said of a reservation: by the state, or by the code of a refusal. */
const PARTS: Readonly<Record<string, readonly (keyof Life)[]>> = {
  held: ["reserved"],
  committed: ["sold"],
  released: ["released"],
  expired: ["expired"],
  reservation_committed: ["sold"],
  reservation_released: ["released"],
  // Its time was over when somebody wanted to commit it; somebody else may have released it before its expiry did.
  reservation_expired: ["expired", "released"],
};

/** What an answer says of a reservation, and the log does not. */
function unfounded(
  lives: ReadonlyMap<string, Life>,
  merchant: string,
  request: Request,
  answer: Answer | undefined,
): string[] {
  if (!request.path.startsWith("/v1/reservations") || !answer || !isDefinite(answer)) return [];
  const id = reservationOf(request) ?? request.path.split("/")[3] ?? "";
  const life = lives.get(`${merchant} ${id}`);
  const said: string = answer.body.state ?? answer.body.code;
  const parts = PARTS[said];
  if (parts === undefined || parts.some((part) => life && life[part].length > 0)) return [];
  return [`${merchant} was told that reservation ${id} is ${said}, and the log has no such event`];
}

/** Nothing that can be refused was granted beyond what was available, by the fold of the log. */
function oversellViolations({ told, log }: Night): string[] {
  const enforced = new Set(
    told.flatMap(({ merchant, request: { body } }) =>
      body && "events" in body && Array.isArray(body.events)
        ? body.events
            .filter((event: { policy: string }) => event.policy === "enforce")
            .map((event: { event_id: string }) => `${merchant} ${event.event_id}`)
        : [],
    ),
  );
  const available = new Map<string, number>();
  const change = ({ merchant_id, sku }: LedgerEvent, location: string, units: number) => {
    const place = `${merchant_id} ${sku} ${location}`;
    const left = (available.get(place) ?? 0) + units;
    available.set(place, left);
    return left;
  };
  return log.flatMap((event) => {
    const { merchant_id, event_id, event_type, on_hand_change, reserved_change } = event;
    const left = change(event, event.location_id, on_hand_change - reserved_change);
    if (event.to_location_id !== null) change(event, event.to_location_id, -on_hand_change);
    const isGranted = event_type === "inventory.reserve" || enforced.has(`${merchant_id} ${event_id}`);
    if (!isGranted || left >= 0 || on_hand_change - reserved_change >= 0) return [];
    return [`position ${event.position} granted a ${event_type} and left ${left} available`];
  });
}

function followersViolations({ followers, log }: Night): string[] {
  return followers.flatMap(({ name, merchant, seen }) =>
    followerViolations(
      name,
      seen,
      log
        .filter((event) => merchant === null || event.merchant_id === merchant)
        .map(({ position, merchant_id, hash }) => ({ position, merchant: merchant_id, hash })),
    ),
  );
}

/** It saw every event that it may see, once, in the log's order, and no other. */
export function followerViolations(name: string, seen: readonly Seen[], log: readonly Seen[]): string[] {
  const broken: string[] = [];
  const due = new Map(log.map((event) => [event.position, event]));
  let last = 0;
  for (const event of seen) {
    if (event.position === last) broken.push(`${name} saw position ${event.position} twice`);
    else if (event.position < last) broken.push(`${name} saw position ${event.position} after ${last}`);
    last = Math.max(last, event.position);
    const expected = due.get(event.position);
    if (!expected || !isSame(expected, event)) broken.push(`${name} saw ${JSON.stringify(event)}, which is not its`);
    else due.delete(event.position);
  }
  for (const position of due.keys()) broken.push(`${name} missed position ${position}`);
  return broken;
}

function returnViolations({ returns, endedAlone }: Night): string[] {
  const late = returns.filter(({ ms }) => ms > RETURN_MS);
  return [...late.map(({ what, ms }) => `${what} was back only after ${Math.round(ms)} ms`), ...endedAlone];
}
