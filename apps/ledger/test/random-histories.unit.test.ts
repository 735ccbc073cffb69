import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  changeReservation,
  recordEvents,
  type EventOutcome,
  type ReservationOutcome,
  type Work,
} from "../src/commit/work.ts";
import type { RecordedEvent } from "../src/domain/types.ts";
import { MemoryLedger } from "./memory-ledger.ts";
import { seed } from "./seed.ts";
import type { Command } from "./specification.ts";
import { StockModel } from "./stock-model.ts";
import * as tell from "./told.ts";

const skus = ["A", "B"];
const locations = ["WH1", "WH2"];
const places = skus.flatMap((sku) => locations.map((locationId) => ({ merchantId: tell.merchantId, sku, locationId })));
const reservationIds = ["r1", "r2", "r3", "r4"];

const units = fc.integer({ min: 1, max: 4 });
const reservationId = fc.constantFrom(...reservationIds);
const line = fc.record({ sku: fc.constantFrom(...skus), locationId: fc.constantFrom(...locations), quantity: units });

const told = fc
  .record({
    eventId: fc.integer({ min: 1, max: 60 }).map((n) => `e${n}`),
    sku: fc.constantFrom(...skus),
    locationId: fc.constantFrom(...locations),
    reservationId: fc.option(reservationId),
    orderId: fc.constantFrom(null, "o"),
    reason: fc.constantFrom(null, "expired", "order_cancelled"),
    policy: fc.constantFrom("record" as const, "enforce" as const),
  })
  .chain((more) => {
    const { reservationId: named, ...plain } = more;
    return fc.oneof(
      units.map((quantity) => tell.receive(quantity, plain)),
      units.map((quantity) => tell.takeBack(quantity, plain)),
      units.map((quantity) => tell.sell(quantity, more)),
      fc.integer({ min: -3, max: 3 }).map((change) => tell.adjust(change, plain)),
      fc.integer({ min: 0, max: 6 }).map((counted) => tell.count(counted, plain)),
      units.map((quantity) => tell.transfer(quantity, plain.locationId === "WH1" ? "WH2" : "WH1", plain)),
      units.map((quantity) => tell.hold(quantity, named, plain)),
      fc.option(units).map((quantity) => tell.letGo(quantity, named ?? "r1", plain)),
    );
  });

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: told },
  {
    weight: 2,
    arbitrary: fc
      .tuple(reservationId, fc.array(line, { minLength: 1, maxLength: 3 }))
      .map(([id, lines]) => tell.reserve(id, lines)),
  },
  { weight: 1, arbitrary: reservationId.map((id) => tell.commit(id)) },
  { weight: 1, arbitrary: reservationId.map(tell.release) },
  { weight: 1, arbitrary: reservationId.map(tell.expire) },
);

/** Commands committed together, each perhaps told again at once, and the time that passes before them. */
const batch = fc.record({
  commands: fc.array(
    fc.tuple(command, fc.boolean()).map(([one, isRepeated]) => (isRepeated ? [one, one] : [one])),
    { minLength: 1, maxLength: 4 },
  ),
  waitMs: fc.constantFrom(0, tell.ttlMs / 4),
});

type Batch = { readonly commands: readonly (readonly Command[])[]; readonly waitMs: number };

/** One command of a history: what the ledger answered, what the model answers, and the events it made. */
interface Step {
  readonly command: Command;
  readonly answer: string;
  readonly expected: string;
  readonly events: readonly RecordedEvent[];
}

/** Runs a history through the ledger's writer and, beside it, through the model. */
function play(batches: readonly Batch[]) {
  const ledger = new MemoryLedger();
  const model = new StockModel();
  const steps: Step[] = [];
  let now = 0;
  for (const { commands, waitMs } of batches) {
    now += waitMs;
    const all = commands.flat();
    const answers = ledger.commit(all.map(workOf), now);
    for (const [index, command] of all.entries()) {
      const { answer = "", events = [] } = answers[index] ?? {};
      steps.push({ command, answer, expected: answerOf(model, command, now), events });
    }
  }
  return { ledger, model, steps };
}

/** A command as work for the ledger's writer; the outcome as one word, and the events made. */
function workOf(command: Command): Work<{ readonly answer: string; readonly events: readonly RecordedEvent[] }> {
  const work: Work<EventOutcome[] | ReservationOutcome> =
    command.type === "RecordEvent" ? recordEvents([command]) : changeReservation(command);
  return {
    needs: work.needs,
    run(books, now) {
      const before = books.events.length;
      const answer = [work.run(books, now)].flat().map(wordOf).join();
      return { answer, events: books.events.slice(before) };
    },
  };
}

function wordOf(outcome: EventOutcome | ReservationOutcome): string {
  if (outcome.status === "refused") return outcome.refusal.code;
  if (outcome.status === "done") return outcome.isNew ? "done" : "repeated";
  return outcome.status;
}

function answerOf(model: StockModel, command: Command, now: number): string {
  switch (command.type) {
    case "RecordEvent":
      return model.tell(command);
    case "Reserve":
      return model.reserve(command, now);
    case "Commit":
      return model.commit(command, now);
    case "Release":
      return model.release(command);
    case "Expire":
      return model.expire(command, now);
  }
}

/** Checks a rule on many random histories. */
function always(rule: (history: ReturnType<typeof play>) => void): void {
  const batches = fc.array(batch, { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(batches, (history) => rule(play(history))),
    { seed, numRuns: 150 },
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

describe("whatever is told, in whatever order and batches", () => {
  it("the ledger answers as the model does, and holds the same stock and reservations", () => {
    always(({ ledger, model, steps }) => {
      expect(steps.map((step) => step.answer)).toEqual(steps.map((step) => step.expected));
      for (const place of places) {
        const name = `${place.sku} ${place.locationId}`;
        expect(ledger.balance(place)).toEqual({ onHand: model.onHand(name), reserved: model.reserved(name) });
      }
      for (const id of reservationIds) {
        expect(ledger.reservation(tell.merchantId, id)?.state).toBe(model.stateOf(id));
      }
    });
  });

  it("on hand and reserved are the sum of what the events changed, and reserved is never below zero", () => {
    always(({ ledger }) => {
      for (const { sku, locationId, merchantId } of places) {
        const here = ledger.log.filter((event) => event.sku === sku && event.locationId === locationId);
        const arrived = ledger.log.filter((event) => event.sku === sku && event.toLocationId === locationId);
        expect(ledger.balance({ merchantId, sku, locationId })).toEqual({
          onHand: sum(here.map((event) => event.onHandChange)) - sum(arrived.map((event) => event.onHandChange)),
          reserved: sum(here.map((event) => event.reservedChange)),
        });
        for (const event of here) expect(event.balance.reserved).toBeGreaterThanOrEqual(0);
      }
    });
  });

  it("nothing granted by Reserve or under enforce takes available below zero", () => {
    always(({ steps }) => {
      const granted = steps
        .filter(({ command }) => command.type === "Reserve" || ("policy" in command && command.policy === "enforce"))
        .flatMap((step) => step.events)
        .filter((event) => event.reservedChange > event.onHandChange);
      for (const { balance } of granted) expect(balance.onHand - balance.reserved).toBeGreaterThanOrEqual(0);
    });
  });

  it("each event id stands in the log once, and positions have no gap", () => {
    always(({ ledger }) => {
      expect(new Set(ledger.log.map((event) => event.eventId)).size).toBe(ledger.log.length);
      expect(ledger.log.map((event) => event.position)).toEqual(ledger.log.map((_, index) => index + 1));
    });
  });

  it("a refused or repeated command leaves no event, and a granted Reserve one a line", () => {
    always(({ steps }) => {
      for (const { command, answer, events } of steps) {
        if (answer !== "done" && answer !== "recorded") expect(events).toEqual([]);
        else if (command.type === "Reserve") expect(events).toHaveLength(command.lines.length);
        else expect(events.length).toBeGreaterThan(0);
      }
    });
  });

  it("a transfer makes and loses no unit", () => {
    always(({ ledger }) => {
      const before = new Map<string, number>();
      const at = (sku: string, locationId: string) => before.get(`${sku} ${locationId}`) ?? 0;
      for (const { sku, locationId, toLocationId, balance, toBalance } of ledger.log) {
        if (toLocationId !== null) {
          const moved = at(sku, locationId) + at(sku, toLocationId);
          expect(balance.onHand + (toBalance?.onHand ?? Number.NaN)).toBe(moved);
          before.set(`${sku} ${toLocationId}`, toBalance?.onHand ?? Number.NaN);
        }
        before.set(`${sku} ${locationId}`, balance.onHand);
      }
    });
  });

  it("a reservation ends at most once: afterwards nothing is reserved or given back in its name", () => {
    always(({ ledger }) => {
      for (const id of reservationIds) {
        const changes = ledger.log.filter((event) => event.reservationId === id).map((event) => event.reservedChange);
        const isEmptyAfter = changes.map((_, index) => sum(changes.slice(0, index + 1)) === 0);
        const end = isEmptyAfter.findIndex((isEmpty, index) => isEmpty && changes[index] !== 0);
        if (end >= 0) expect(changes.slice(end + 1).filter((change) => change !== 0)).toEqual([]);
      }
    });
  });
});
