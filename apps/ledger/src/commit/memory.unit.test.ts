import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CLOCK_TRUST_MS, Memory } from "./memory.ts";

const mark = { head: { position: 7, hash: new Uint8Array(32), recordedAt: 0 }, generation: 0 };
/** The database's clock is ahead of this machine's by a year. */
const DATABASE = Date.UTC(2031, 0, 1);

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) }));
afterEach(() => void vi.useRealTimers());

describe("what a ledger process remembers", () => {
  it("goes by the database's clock, carried on by the machine's", () => {
    const memory = new Memory(mark, DATABASE);
    vi.advanceTimersByTime(400);
    expect(memory.basis()).toEqual({ memory, now: DATABASE + 400 });
    memory.setClock(DATABASE + 410);
    vi.advanceTimersByTime(20);
    expect(memory.basis()?.now).toBe(DATABASE + 430);
  });

  it("is no basis once the database's clock was not heard of for a second", () => {
    const memory = new Memory(mark, DATABASE);
    vi.advanceTimersByTime(CLOCK_TRUST_MS);
    expect(memory.basis()).toBeDefined();
    vi.advanceTimersByTime(1);
    expect(memory.basis()).toBeUndefined();
  });

  it("is no basis after the machine's clock has stepped back", () => {
    const memory = new Memory(mark, DATABASE);
    vi.setSystemTime(Date.now() - 1);
    expect(memory.basis()).toBeUndefined();
  });

  it("asks only for balances that it does not hold, and believes that reservations to be made are not there", () => {
    const memory = new Memory(mark, DATABASE);
    const at = (sku: string) => ({ merchantId: "acme", sku, locationId: "WH1" });
    memory.learn([{ key: at("A"), balance: { onHand: 1, reserved: 0 } }]);
    const reservation = { merchantId: "acme", reservationId: "r" };
    const needs = { reservations: [reservation], reservedBalances: [], eventIds: [], weight: 2 };
    expect(memory.missing({ ...needs, balances: [at("A"), at("B")], newReservations: [reservation] })).toEqual({
      ...needs,
      balances: [at("B")],
      newReservations: [],
    });
  });
});
