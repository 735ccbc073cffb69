import { describe, expect, it } from "vitest";
import { isFromBeforeConnection } from "./before-connection.ts";

const connectedAt = new Date("2026-03-15T14:00:00Z");
const placed = (placedAt: string) => isFromBeforeConnection({ orderId: "1", placedAt, lines: [] }, connectedAt);

describe("an order from before its channel was connected", () => {
  it("is one placed more than a minute before", () => {
    expect(placed("2026-03-15T13:58:59.999Z")).toBe(true);
  });

  it("is not one that a lagging clock may have dated too early", () => {
    expect(placed("2026-03-15T13:59:00Z")).toBe(false);
    expect(placed("2026-03-15T14:00:01Z")).toBe(false);
  });

  it("is told by the moment, not by the zone its time is written in", () => {
    expect(placed("2026-03-15T15:58:00+02:00")).toBe(true);
    expect(placed("2026-03-15T12:00:00-03:00")).toBe(false);
  });
});
