/* oxlint-disable vitest/no-standalone-expect -- called from tests */
import { expect } from "vitest";
import type { Commit, Expire, RecordEvent, Release, Reserve } from "../src/domain/commands.ts";
import { decideEvent } from "../src/domain/decide-event.ts";
import { decideCommit, decideExpire, decideRelease, decideReserve } from "../src/domain/decide-reservation.ts";
import type { Refusal, RefusalCode } from "../src/domain/refusal.ts";
import type { RecordedEvent, ReservationState, StockEvent } from "../src/domain/types.ts";
import { MemoryBooks } from "./books.ts";
import { merchantId } from "./told.ts";

export type Command = RecordEvent | Reserve | Commit | Release | Expire;

interface Decided {
  readonly events: readonly StockEvent[];
  readonly duplicateOf?: RecordedEvent;
  readonly refusal?: Refusal;
}

/**
 * A history the ledger accepted, each command at time 0. Then:
 * `given(…).when(command).thenRecorded(…)`, `.thenRefused(…)`, `.thenNothing()`, `.thenDuplicateOf(position)`.
 */
export function given(...history: readonly Command[]): Specification {
  const specification = new Specification(new MemoryBooks());
  for (const command of history) specification.when(command).thenAccepted();
  return specification;
}

class Specification {
  readonly #books: MemoryBooks;

  constructor(books: MemoryBooks) {
    this.#books = books;
  }

  /** @param now epoch milliseconds. */
  when(command: Command, now = 0): Outcome {
    return new Outcome(this, this.#books, decide(command, this.#books, now));
  }

  /** The balance of SKU A at WH1, or where said. */
  thenStock(onHand: number, reserved: number, where: { sku?: string; locationId?: string } = {}): this {
    expect(this.#books.balance({ merchantId, sku: "A", locationId: "WH1", ...where })).toEqual({ onHand, reserved });
    return this;
  }

  thenReservation(reservationId: string, state: ReservationState | undefined): this {
    expect(this.#books.reservation(merchantId, reservationId)?.state).toBe(state);
    return this;
  }
}

/** What was decided; each check also records it, so that the story can go on. */
class Outcome {
  readonly #story: Specification;
  readonly #books: MemoryBooks;
  readonly #decided: Decided;

  constructor(story: Specification, books: MemoryBooks, decided: Decided) {
    this.#story = story;
    this.#books = books;
    this.#decided = decided;
  }

  thenAccepted(): Specification {
    expect(this.#decided.refusal).toBeUndefined();
    return this.#record();
  }

  /** Just these events, each with at least these fields. */
  thenRecorded(...expected: readonly Partial<StockEvent>[]): Specification {
    expect(this.#decided.refusal).toBeUndefined();
    expect(this.#decided.events).toHaveLength(expected.length);
    expect(this.#decided.events).toMatchObject(expected);
    return this.thenAccepted();
  }

  thenRefused(code: RefusalCode, detail: Refusal["detail"] = {}): Specification {
    expect(this.#decided.refusal).toMatchObject({ code, detail });
    return this.#record();
  }

  thenRefusedSaying(message: string): Specification {
    expect(this.#decided.refusal?.message).toBe(message);
    return this.#record();
  }

  /** Accepted, and nothing new. */
  thenNothing(): Specification {
    expect(this.#decided).toEqual({ events: [] });
    return this.#story;
  }

  thenDuplicateOf(position: number): Specification {
    expect(this.#decided.duplicateOf?.position).toBe(position);
    return this.#story;
  }

  #record(): Specification {
    for (const event of this.#decided.events) this.#books.record(event);
    return this.#story;
  }
}

function decide(command: Command, books: MemoryBooks, now: number): Decided {
  const decision = decisionOn(command, books, now);
  if ("events" in decision) return { ...decision, events: decision.events.map(withoutNegativeZero) };
  if ("event" in decision) return { events: [...(decision.releases ?? []), withoutNegativeZero(decision.event)] };
  return { events: [], ...decision };
}

function decisionOn(command: Command, books: MemoryBooks, now: number) {
  switch (command.type) {
    case "RecordEvent":
      return decideEvent(command, books);
    case "Reserve":
      return decideReserve(command, books, now);
    case "Commit":
      return decideCommit(command, books, now);
    case "Release":
      return decideRelease(command, books, now);
    case "Expire":
      return decideExpire(command, books, now);
  }
}

/** "Minus none" is none. */
function withoutNegativeZero(event: StockEvent): StockEvent {
  return { ...event, onHandChange: event.onHandChange + 0, reservedChange: event.reservedChange + 0 };
}
