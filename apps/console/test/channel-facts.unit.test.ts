import { expect, it } from "vitest";
import { unrecordedWords } from "../public/channel-facts.js";

it("what was not recorded is told with what to do about it: an import, which place is which, or to connect again", () => {
  const channel = { channel_id: "c-1", unmapped_deliveries: 2, waiting_deliveries: 0 };
  expect(unrecordedWords({ ...channel, pushes_inventory: true })).toEqual([
    "2 deliveries name what no listing is mapped to. Import the listings again: they are tried again then.",
  ]);
  expect(unrecordedWords({ ...channel, pushes_inventory: false })).toEqual([
    "2 deliveries name a place that is not known. Say which ledger location it is, in locations of PATCH /v1/channels/c-1: they are tried again then.",
  ]);
  expect(unrecordedWords({ ...channel, unmapped_deliveries: 0, waiting_deliveries: 3 })).toEqual([
    "3 deliveries wait until the channel is connected again.",
  ]);
  expect(unrecordedWords({ ...channel, unmapped_deliveries: 0 })).toEqual([]);
});
