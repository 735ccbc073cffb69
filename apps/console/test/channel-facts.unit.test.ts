import { expect, it } from "vitest";
import { unmappedWords } from "../public/channel-facts.js";

it("what was not recorded is told with what to do about it: an import, or which place of the channel is which", () => {
  const channel = { channel_id: "c-1", unmapped_deliveries: 2 };
  expect(unmappedWords({ ...channel, pushes_inventory: true })).toBe(
    "2 deliveries name what no listing is mapped to. Import the listings again: they are tried again then.",
  );
  expect(unmappedWords({ ...channel, pushes_inventory: false })).toBe(
    "2 deliveries name a place that is not known. Say which ledger location it is, in locations of PATCH /v1/channels/c-1: they are tried again then.",
  );
});
