import { describe, expect, it } from "vitest";
import { recordEvents } from "../src/commit/work.ts";
import type { RecordEvent } from "../src/domain/commands.ts";
import { MemoryLedger } from "./memory-ledger.ts";
import {
  received,
  sequences,
  standingAfter,
  tellingsOf,
  type Location,
  type Standing,
  type State,
} from "./order-tellings.ts";
import * as tell from "./told.ts";

/** How it stands with an order after the tellings. */
function tellAll(states: readonly State[], soldFrom: Location, followUp: "at once" | "in the end"): Standing {
  const ledger = new MemoryLedger();
  const tellings = tellingsOf("order", soldFrom);
  const left: RecordEvent[] = [];
  const record = (...commands: RecordEvent[]) => ledger.commit([recordEvents(commands)], 0).flat();
  record(tell.receive(received));
  for (const state of states) {
    const last = record(...tellings[state]).at(-1);
    if (state !== "C" || last?.status !== "refused" || last.refusal.code !== "reservation_committed") continue;
    if (followUp === "at once") record(tellings.takenBack);
    else left.push(tellings.takenBack);
  }
  for (const command of left) record(command);
  const at = (locationId: Location) => ledger.balance({ merchantId: tell.merchantId, sku: "A", locationId });
  return {
    stock: { WH1: at("WH1"), WH2: at("WH2") },
    reservation: ledger.reservation(tell.merchantId, "order")?.state,
  };
}

describe("every way of telling an order's life", () => {
  const all = sequences(6);

  it.each([
    { followUp: "at once", soldFrom: "WH1" },
    { followUp: "in the end", soldFrom: "WH1" },
    { followUp: "at once", soldFrom: "WH2" },
    { followUp: "in the end", soldFrom: "WH2" },
  ] as const)(
    "ends in the same stock at each location, and its reservation as it must (sold from $soldFrom, what follows comes $followUp)",
    ({ followUp, soldFrom }) => {
      expect(all).toHaveLength(3 + 9 + 27 + 81 + 243 + 729);
      const named = (standing: (states: readonly State[]) => Standing) =>
        all.map((states) => ({ states: states.join(""), ...standing(states) }));
      expect(named((states) => tellAll(states, soldFrom, followUp))).toEqual(
        named((states) => standingAfter(states, soldFrom)),
      );
    },
  );
});
