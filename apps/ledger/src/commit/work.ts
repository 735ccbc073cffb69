import type { Commit, Expire, RecordEvent, Release, Reserve } from "../domain/commands.ts";
import { decideEvent } from "../domain/decide-event.ts";
import {
  decideCommit,
  decideExpire,
  decideRelease,
  decideReserve,
  type ReservationDecision,
} from "../domain/decide-reservation.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { BalanceKey, RecordedEvent, Reservation } from "../domain/types.ts";
import { balanceId, type ReservationKey, type WorkingBooks } from "./working-books.ts";

/** What happened to one reported event. */
export type EventOutcome =
  | { readonly status: "recorded" | "duplicate"; readonly event: RecordedEvent }
  | { readonly status: "refused"; readonly refusal: Refusal };

/** What happened to a command on a reservation. */
export type ReservationOutcome =
  | {
      readonly status: "done";
      /** Whether the command itself changed something; false for a repeat. */
      readonly isNew: boolean;
      readonly reservation: Reservation;
    }
  | { readonly status: "refused"; readonly refusal: Refusal };

export type ReservationCommand = Reserve | Commit | Release | Expire;

/** Something a batch has to do: says what must be loaded for it, then decides and applies. */
export interface Work<Outcome> {
  readonly needs: Needs;
  run(books: WorkingBooks, now: number): Outcome;
}

/** What must be in the books before the work can be decided. */
export interface Needs {
  readonly balances: readonly BalanceKey[];
  readonly reservations: readonly ReservationKey[];
  /** Those the work would make: not there yet, as a rule. */
  readonly newReservations: readonly ReservationKey[];
  /** Of these reservations the balances of every line. */
  readonly reservedBalances: readonly ReservationKey[];
  readonly eventIds: readonly { readonly merchantId: string; readonly eventId: string }[];
  /** The events it appends, as far as that is known before its reservations are loaded; batches are filled by it. */
  readonly weight: number;
}

/** What all of a batch's work needs. */
export function needsOf(batch: readonly Needs[]): Needs {
  const balances = batch.flatMap((needs) => needs.balances);
  return {
    balances: [...new Map(balances.map((key) => [balanceId(key), key])).values()],
    reservations: batch.flatMap((needs) => needs.reservations),
    newReservations: batch.flatMap((needs) => needs.newReservations),
    reservedBalances: batch.flatMap((needs) => needs.reservedBalances),
    eventIds: batch.flatMap((needs) => needs.eventIds),
    weight: batch.reduce((sum, needs) => sum + needs.weight, 0),
  };
}

/** Records reported events in their order; each stands or falls alone. */
export function recordEvents(commands: readonly RecordEvent[]): Work<EventOutcome[]> {
  const reservations = commands.flatMap(({ merchantId, reservationId, eventType, eventId }) => {
    const id = reservationId ?? (eventType === "inventory.reserve" ? eventId : null);
    return id === null ? [] : [{ merchantId, reservationId: id }];
  });
  return {
    needs: {
      balances: commands.flatMap(balancesOf),
      reservations,
      newReservations: [],
      reservedBalances: reservations,
      eventIds: commands.map(({ merchantId, eventId }) => ({ merchantId, eventId })),
      weight: commands.length,
    },
    run: (books, now) =>
      commands.map((command) => {
        const decision = decideEvent(command, books);
        if ("refusal" in decision) return { status: "refused", refusal: decision.refusal };
        if ("duplicateOf" in decision) return { status: "duplicate", event: decision.duplicateOf };
        for (const release of decision.releases ?? []) books.append(release, now);
        return { status: "recorded", event: books.append(decision.event, now) };
      }),
  };
}

function balancesOf({ merchantId, sku, locationId, toLocationId }: RecordEvent): BalanceKey[] {
  const from = { merchantId, sku, locationId };
  return toLocationId === null ? [from] : [from, { merchantId, sku, locationId: toLocationId }];
}

/** Runs a command on a reservation. */
export function changeReservation(command: ReservationCommand): Work<ReservationOutcome> {
  const { merchantId, reservationId } = command;
  const reservations = [{ merchantId, reservationId }];
  return {
    needs:
      command.type === "Reserve"
        ? {
            balances: command.lines.map(({ sku, locationId }) => ({ merchantId, sku, locationId })),
            reservations: [],
            newReservations: reservations,
            // A repeat changes no balance.
            reservedBalances: [],
            eventIds: [],
            weight: command.lines.length,
          }
        : { balances: [], reservations, newReservations: [], reservedBalances: reservations, eventIds: [], weight: 1 },
    run(books, now) {
      const decision = decide(command, books, now);
      for (const event of decision.events) books.append(event, now);
      if (decision.refusal) return { status: "refused", refusal: decision.refusal };
      const reservation = books.reservation(merchantId, reservationId);
      if (!reservation) throw new Error(`reservation ${reservationId} was accepted but is not in the books`);
      return { status: "done", isNew: decision.events.length > 0, reservation };
    },
  };
}

function decide(command: ReservationCommand, books: WorkingBooks, now: number): ReservationDecision {
  switch (command.type) {
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
