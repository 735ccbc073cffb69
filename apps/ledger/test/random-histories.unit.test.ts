/* oxlint-disable vitest/expect-expect -- the rules are the assertions */
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
import { answerOf, history, places, reservationIds, type Batch } from "./histories.ts";
import { MemoryLedger } from "./memory-ledger.ts";
import * as rules from "./rules.ts";
import { histories, seedOf } from "./seed.ts";
import type { Command } from "./specification.ts";
import { StockModel } from "./stock-model.ts";
import { merchantId } from "./told.ts";

/** A step of a history, and what the model answers to it. */
interface Step extends rules.Step {
  readonly expected: string;
}

/** Runs a history through the ledger's writer and, beside it, through the model. */
function play(batches: readonly Batch[]) {
  const ledger = new MemoryLedger();
  const model = new StockModel();
  const steps: Step[] = [];
  let now = 0;
  for (const { commands, waitMs } of batches) {
    now += waitMs;
    const answers = ledger.commit(commands.map(workOf), now);
    for (const [index, command] of commands.entries()) {
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

const LONG_RUN_MS = 3_600_000;

/** Checks the test's rule on many random histories of its own; as many as `HISTORIES` says in a long run. */
function always(rule: (history: ReturnType<typeof play>) => void): void {
  // oxlint-disable-next-line vitest/no-conditional-expect -- it only tells the title
  const { currentTestName = "" } = expect.getState();
  fc.assert(
    fc.property(history, (batches) => rule(play(batches))),
    { seed: seedOf(currentTestName), numRuns: histories(500) },
  );
}

describe("whatever is told, in whatever order and batches", { timeout: LONG_RUN_MS }, () => {
  it("the ledger answers as the model does, and holds the same stock and reservations", () => {
    always(({ ledger, model, steps }) => {
      expect(steps.map((step) => step.answer)).toEqual(steps.map((step) => step.expected));
      for (const place of places) {
        const name = `${place.sku} ${place.locationId}`;
        expect(ledger.balance(place)).toEqual({ onHand: model.onHand(name), reserved: model.reserved(name) });
      }
      for (const id of reservationIds) {
        expect(ledger.reservation(merchantId, id)?.state).toBe(model.stateOf(id));
      }
    });
  });

  it("on hand and reserved are the fold of the log, noted in each event, and reserved is never below zero", () => {
    always(({ ledger }) => {
      for (const place of places) expect(ledger.balance(place)).toEqual(rules.foldOf(ledger.log, place));
      rules.expectBalancesFollow(ledger.log);
      rules.expectReservedNeverBelowZero(ledger.log);
    });
  });

  it("nothing granted by Reserve or under enforce takes available below zero", () => {
    always(({ steps }) => rules.expectGrantsLeaveNoneBelowZero(steps));
  });

  it("each event id stands in the log once, and positions have no gap", () => {
    always(({ ledger }) => {
      rules.expectEachIdOnce(ledger.log);
      expect(ledger.log.map((event) => event.position)).toEqual(ledger.log.map((_, index) => index + 1));
    });
  });

  it("a command that was refused or repeated leaves no event, a told event itself, and a granted Reserve one a line", () => {
    always(({ steps }) => rules.expectEventsOfAccepted(steps));
  });

  it("a transfer makes and loses no unit", () => {
    always(({ ledger }) => rules.expectTransfersConserveUnits(ledger.log));
  });

  it("a reservation ends at most once: afterwards nothing is reserved or given back in its name", () => {
    always(({ ledger }) => rules.expectReservationsEndOnce(ledger.log));
  });
});
