import { describe, expect, it } from "vitest";
import { knownLocation, orderLocation } from "./locations.ts";

const channel = {
  defaultLocationId: "WH-1",
  locations: [
    { locationId: "WH-1", externalLocationId: "south" },
    { locationId: "WH-2", externalLocationId: "north" },
    { locationId: "WH-2", externalLocationId: "south" },
    { locationId: "WH-3", externalLocationId: "north" },
  ],
};

describe("the ledger's location for a channel's", () => {
  it("is the channel's default when none is named", () => {
    expect(knownLocation(channel, null)).toBe("WH-1");
  });

  it("is the default where several feed one channel location and the default is one of them", () => {
    expect(knownLocation(channel, "south")).toBe("WH-1");
  });

  it("is the same one each time where several feed it and the default does not", () => {
    expect(knownLocation(channel, "north")).toBe("WH-2");
  });

  it("may be named as the ledger names it", () => {
    expect(knownLocation(channel, "WH-3")).toBe("WH-3");
  });

  it("is unknown when it is not mapped; an order then takes its units from the default", () => {
    expect(knownLocation(channel, "west")).toBeNull();
    expect(orderLocation(channel, "west")).toBe("WH-1");
  });
});
