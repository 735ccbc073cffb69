import { describe, expect, it } from "vitest";
import { recordEvents } from "../src/commit/work.ts";
import type { RecordEvent } from "../src/domain/commands.ts";
import { availableOf } from "../src/domain/types.ts";
import { MemoryLedger } from "./memory-ledger.ts";
import * as tell from "./told.ts";

/*
 * One order of a channel with a pending phase, as the worker tells of it. Webhooks, their redeliveries and the order
 * poller bring its states in any order and any number of times:
 *   P pending: reserve.   S sold: a sale that names the reservation.
 *   C cancelled: reserve and release as cancelled; where the ledger says it is sold by now, a return follows.
 */
const quantity = 2;
const told = { reservationId: "order-1", orderId: "1" };
const pending = tell.hold(quantity, told.reservationId, { eventId: "order-1:pending" });
const sale = tell.sell(quantity, { ...told, eventId: "order-1:sale" });
const release = tell.letGo(quantity, told.reservationId, { ...tell.orderCancelled, eventId: "order-1:release" });
const takenBack = tell.takeBack(quantity, { ...tell.orderCancelled, orderId: "1", eventId: "order-1:cancel" });

type State = "P" | "S" | "C";
const tellings = { P: [pending], S: [sale], C: [pending, release] } satisfies Record<State, RecordEvent[]>;

/** What is available in the end, of 10, after the tellings. */
function availableAfter(states: readonly State[], followUp: "at once" | "in the end"): number {
  const ledger = new MemoryLedger();
  const left: RecordEvent[] = [];
  const record = (...commands: RecordEvent[]) => ledger.commit([recordEvents(commands)], 0).flat();
  record(tell.receive(10));
  for (const state of states) {
    const last = record(...tellings[state]).at(-1);
    if (state !== "C" || last?.status !== "refused" || last.refusal.code !== "reservation_committed") continue;
    if (followUp === "at once") record(takenBack);
    else left.push(takenBack);
  }
  for (const command of left) record(command);
  return availableOf(ledger.balance(sale));
}

/** Every telling of up to `length` states: all orders and repetitions of every subset. */
function sequences(length: number): State[][] {
  if (length === 0) return [];
  const shorter = sequences(length - 1);
  const longest = shorter.filter((states) => states.length === length - 1);
  const grown = (length === 1 ? [[]] : longest).flatMap((states) =>
    (["P", "S", "C"] as const).map((state) => [...states, state]),
  );
  return [...shorter, ...grown];
}

describe("every way of telling an order's life", () => {
  const all = sequences(6);

  it.each(["at once", "in the end"] as const)(
    "ends in the same stock: unchanged when it was cancelled, else less by its units (what follows comes %s)",
    (followUp) => {
      expect(all).toHaveLength(3 + 9 + 27 + 81 + 243 + 729);
      const wrong = all
        .map((states) => ({
          states: states.join(""),
          expected: states.includes("C") ? 10 : 10 - quantity,
          available: availableAfter(states, followUp),
        }))
        .filter((one) => one.available !== one.expected);
      expect(wrong).toEqual([]);
    },
  );
});
