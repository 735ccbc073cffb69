import { describe, expect, it } from "vitest";
import { recordEvents } from "../src/commit/work.ts";
import type { RecordEvent } from "../src/domain/commands.ts";
import { availableOf } from "../src/domain/types.ts";
import { MemoryLedger } from "./memory-ledger.ts";
import { sequences, takenBy, tellingsOf, type State } from "./order-tellings.ts";
import * as tell from "./told.ts";

const locations = ["WH1", "WH2"];

/** What is available in the end at both locations, of 10, after the tellings. */
function availableAfter(states: readonly State[], soldFrom: string, followUp: "at once" | "in the end"): number {
  const ledger = new MemoryLedger();
  const tellings = tellingsOf("order", soldFrom);
  const left: RecordEvent[] = [];
  const record = (...commands: RecordEvent[]) => ledger.commit([recordEvents(commands)], 0).flat();
  record(tell.receive(10));
  for (const state of states) {
    const last = record(...tellings[state]).at(-1);
    if (state !== "C" || last?.status !== "refused" || last.refusal.code !== "reservation_committed") continue;
    if (followUp === "at once") record(tellings.takenBack);
    else left.push(tellings.takenBack);
  }
  for (const command of left) record(command);
  const { merchantId } = tell;
  return locations.reduce(
    (sum, locationId) => sum + availableOf(ledger.balance({ merchantId, sku: "A", locationId })),
    0,
  );
}

describe("every way of telling an order's life", () => {
  const all = sequences(6);

  it.each([
    { followUp: "at once", soldFrom: "WH1" },
    { followUp: "in the end", soldFrom: "WH1" },
    { followUp: "at once", soldFrom: "WH2" },
    { followUp: "in the end", soldFrom: "WH2" },
  ] as const)(
    "ends in the same stock: unchanged when it was cancelled, else less by its units (sold from $soldFrom, what follows comes $followUp)",
    ({ followUp, soldFrom }) => {
      expect(all).toHaveLength(3 + 9 + 27 + 81 + 243 + 729);
      const wrong = all
        .map((states) => ({
          states: states.join(""),
          expected: 10 - takenBy(states),
          available: availableAfter(states, soldFrom, followUp),
        }))
        .filter((one) => one.available !== one.expected);
      expect(wrong).toEqual([]);
    },
  );
});
