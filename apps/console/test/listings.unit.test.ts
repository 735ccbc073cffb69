import { expect, it } from "vitest";
import { stateWords } from "../public/listings.js";

const inSync = { unsupported: null, error_reason: null, error: null, target: 4, shown: 4 };

it.each([
  [{}, "in sync"],
  [{ shown: 3 }, "waiting"],
  [{ shown: null }, "waiting"],
  [{ target: null, shown: null }, "the ledger knows no such SKU yet"],
  [
    { unsupported: "The channel fulfills it.", error_reason: "refused", error: "No." },
    "not synced: The channel fulfills it.",
  ],
])("a listing of which is known %o is told as: %s", (told, words) => {
  expect(stateWords({ ...inSync, ...told })[1]).toBe(words);
});

it("what a channel refused for good is told apart from what it takes no more of for now", () => {
  const behind = { ...inSync, shown: 9 };
  const refused = { ...behind, error_reason: "refused", error: "Turn on Track quantity." };
  expect(stateWords(refused)).toEqual(["bad", "refused, until you mend it: Turn on Track quantity."]);
  const spent = { ...behind, error_reason: "revisions_spent", error: "Revised 250 times today." };
  expect(stateWords(spent)).toEqual(["quiet", "waiting, goes on by itself: Revised 250 times today."]);
});
