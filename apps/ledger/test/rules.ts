/* oxlint-disable vitest/no-standalone-expect -- called from tests */
import { expect } from "vitest";
import type { RecordedEvent } from "../src/domain/types.ts";
import type { Command } from "./specification.ts";

/*
 * What must hold of any log and of whatever made it, said without the ledger's own functions.
 */

/** The part of a recorded event that the rules look at. */
export type Fact = Pick<
  RecordedEvent,
  | "position"
  | "eventId"
  | "eventType"
  | "sku"
  | "locationId"
  | "toLocationId"
  | "onHandChange"
  | "reservedChange"
  | "reservationId"
  | "balance"
  | "toBalance"
>;

/** One command of a history: what the ledger answered, and the events it made. */
export interface Step {
  readonly command: Command;
  readonly answer: string;
  readonly events: readonly Fact[];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** What the log adds up to at a place: the sum of what the events changed. */
export function foldOf(log: readonly Fact[], place: { readonly sku: string; readonly locationId: string }) {
  const here = log.filter((event) => event.sku === place.sku && event.locationId === place.locationId);
  const arrived = log.filter((event) => event.sku === place.sku && event.toLocationId === place.locationId);
  return {
    onHand: sum(here.map((event) => event.onHandChange)) - sum(arrived.map((event) => event.onHandChange)),
    reserved: sum(here.map((event) => event.reservedChange)),
  };
}

/** The balance noted in each event is the balance noted before it at that place and what the event changed. */
export function expectBalancesFollow(log: readonly Fact[]): void {
  const last = new Map<string, { onHand: number; reserved: number }>();
  for (const event of log) {
    const sides = [
      { at: event.locationId, change: event.onHandChange, noted: event.balance },
      { at: event.toLocationId, change: -event.onHandChange, noted: event.toBalance },
    ];
    for (const [side, { at, change, noted }] of sides.entries()) {
      if (at === null) continue;
      const place = `${event.sku} ${at}`;
      const before = last.get(place) ?? { onHand: 0, reserved: 0 };
      const after = {
        onHand: before.onHand + change,
        reserved: before.reserved + (side === 0 ? event.reservedChange : 0),
      };
      expect(noted).toEqual(after);
      last.set(place, after);
    }
  }
}

export function expectReservedNeverBelowZero(log: readonly Fact[]): void {
  for (const event of log) expect(event.balance.reserved).toBeGreaterThanOrEqual(0);
}

export function expectEachIdOnce(log: readonly Fact[]): void {
  expect(new Set(log.map((event) => event.eventId)).size).toBe(log.length);
}

export function expectTransfersConserveUnits(log: readonly Fact[]): void {
  const onHand = new Map<string, number>();
  const total = () => sum([...onHand.values()]);
  for (const { eventType, sku, locationId, toLocationId, balance, toBalance, onHandChange } of log) {
    const before = total();
    onHand.set(`${sku} ${locationId}`, balance.onHand);
    if (toBalance) onHand.set(`${sku} ${toLocationId}`, toBalance.onHand);
    expect(total() - before).toBe(eventType === "inventory.transfer" ? 0 : onHandChange + 0);
  }
}

/** Once nothing of a reservation is left, nothing is reserved or given back in its name any more. */
export function expectReservationsEndOnce(log: readonly Fact[]): void {
  const open = new Map<string, number>();
  const afterwards = log.filter(({ reservationId, reservedChange }) => {
    if (reservationId === null || reservedChange === 0) return false;
    const before = open.get(reservationId);
    open.set(reservationId, (before ?? 0) + reservedChange);
    return before === 0;
  });
  expect(afterwards).toEqual([]);
}

/** Nothing granted by `Reserve`, or told under `enforce`, leaves available below zero where it took units. */
export function expectGrantsLeaveNoneBelowZero(steps: readonly Step[]): void {
  const granted = steps
    .filter(({ command }) => command.type === "Reserve" || ("policy" in command && command.policy === "enforce"))
    .flatMap((step) => step.events)
    .filter((event) => event.reservedChange > event.onHandChange);
  for (const { balance } of granted) expect(balance.onHand - balance.reserved).toBeGreaterThanOrEqual(0);
}

/**
 * What was refused or repeated leaves no event, but a commit that comes too late the end of its reservation. A told event
 * leaves itself, after the releases of what its reservation held elsewhere; a `Reserve` one event a line.
 */
export function expectEventsOfAccepted(steps: readonly Step[]): void {
  for (const { command, answer, events } of steps) {
    if (answer === "reservation_expired" && command.type === "Commit") {
      for (const event of events) expect(event).toMatchObject({ eventType: "inventory.release", reason: "expired" });
    } else if (answer !== "done" && answer !== "recorded") expect(events).toEqual([]);
    else if (command.type === "Reserve") expect(events).toHaveLength(command.lines.length);
    else if (command.type === "RecordEvent") {
      expect(events.at(-1)?.eventId).toBe(command.eventId);
      for (const other of events.slice(0, -1)) {
        expect(other).toMatchObject({ eventType: "inventory.release", onHandChange: 0, sku: command.sku });
        expect(other.locationId).not.toBe(command.locationId);
      }
    } else expect(events.length).toBeGreaterThan(0);
  }
}
