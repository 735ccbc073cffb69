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
/** `e1` and `e2` are ids of events as well: a reserve that names no reservation is one of its own. */
const reservationIds = ["r1", "r2", "r3", "r4", "r5", "r6", "e1", "e2"];

const units = fc.integer({ min: 1, max: 4 });
const reservationId = fc.constantFrom(...reservationIds);
// One place is named more often than the others, so that commands meet there.
const place = { sku: fc.constantFrom("A", "A", "A", "B"), locationId: fc.constantFrom("WH1", "WH1", "WH1", "WH2") };
const line = fc.record({ ...place, quantity: units });

const told = fc
  .record({
    eventId: fc
      .oneof({ weight: 1, arbitrary: fc.constantFrom(1, 2) }, { weight: 5, arbitrary: fc.nat(200) })
      .map((n) => `e${n}`),
    ...place,
    reservationId: fc.option(reservationId, { freq: 2 }),
    orderId: fc.constantFrom(null, "o"),
    reason: fc.constantFrom(null, "expired", "order_cancelled"),
    policy: fc.constantFrom("record" as const, "enforce" as const),
  })
  .chain((more) => {
    const { reservationId: named, ...plain } = more;
    return fc.oneof(
      units.map((quantity) => tell.receive(quantity, plain)),
      units.map((quantity) => tell.takeBack(quantity, plain)),
      { weight: 3, arbitrary: units.map((quantity) => tell.sell(quantity, more)) },
      fc.integer({ min: -3, max: 3 }).map((change) => tell.adjust(change, plain)),
      fc.integer({ min: 0, max: 6 }).map((counted) => tell.count(counted, plain)),
      units.map((quantity) => tell.transfer(quantity, plain.locationId === "WH1" ? "WH2" : "WH1", plain)),
      { weight: 3, arbitrary: units.map((quantity) => tell.hold(quantity, named, plain)) },
      {
        weight: 3,
        arbitrary: fc.option(units, { freq: 1 }).map((quantity) => tell.letGo(quantity, named ?? "r1", plain)),
      },
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

/** A command, perhaps told again at once, alike or with another order. */
const tellings: fc.Arbitrary<Command[]> = fc
  .tuple(command, fc.constantFrom("once", "twice", "twisted"))
  .map(([one, how]) => (how === "once" ? [one] : how === "twice" ? [one, one] : [one, { ...one, orderId: "other" }]));

/** Commands committed together, and the time that passes before them. */
const batch = fc.record({
  commands: fc.array(tellings, { minLength: 1, maxLength: 4 }),
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

const enough: Batch = { commands: [places.map((one) => tell.receive(20, one))], waitMs: 0 };

/** Checks a rule on many random histories, half of which begin with stock. */
function always(rule: (history: ReturnType<typeof play>) => void): void {
  const batches = fc.array(batch, { minLength: 1, maxLength: 40, size: "max" });
  fc.assert(
    fc.property(fc.boolean(), batches, (isStocked, history) => rule(play(isStocked ? [enough, ...history] : history))),
    { seed, numRuns: 250 },
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

  it("a command that was refused or repeated leaves no event, and a granted Reserve one a line", () => {
    always(({ steps }) => {
      const isAccepted = (step: Step) => step.answer === "done" || step.answer === "recorded";
      expect(steps.filter((step) => !isAccepted(step)).flatMap((step) => step.events)).toEqual([]);
      for (const { command, events } of steps.filter(isAccepted)) {
        const isOneEach = command.type === "Reserve" || command.type === "RecordEvent";
        const lines = command.type === "Reserve" ? command.lines.length : 1;
        expect(isOneEach ? events.length : Math.min(events.length, 1)).toBe(lines);
      }
    });
  });

  it("a transfer makes and loses no unit", () => {
    always(({ ledger }) => {
      const onHand = new Map<string, number>();
      const total = () => sum([...onHand.values()]);
      for (const { eventType, sku, locationId, toLocationId, balance, toBalance, onHandChange } of ledger.log) {
        const before = total();
        onHand.set(`${sku} ${locationId}`, balance.onHand);
        if (toBalance) onHand.set(`${sku} ${toLocationId}`, toBalance.onHand);
        expect(total() - before).toBe(eventType === "inventory.transfer" ? 0 : onHandChange + 0);
      }
    });
  });

  it("a reservation ends at most once: afterwards nothing is reserved or given back in its name", () => {
    always(({ ledger }) => {
      const open = new Map<string, number>();
      const afterwards = ledger.log.filter(({ reservationId, reservedChange }) => {
        if (reservationId === null || reservedChange === 0) return false;
        const before = open.get(reservationId);
        open.set(reservationId, (before ?? 0) + reservedChange);
        return before === 0;
      });
      expect(afterwards).toEqual([]);
    });
  });
});
