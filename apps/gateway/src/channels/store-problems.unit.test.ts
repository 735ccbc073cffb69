import { StoreError } from "@lastunit/store";
import { expect, it } from "vitest";
import { storeProblem } from "./store-problems.ts";

it.each([
  ["credentials_busy", 503],
  ["channel_key_taken", 409],
  ["unknown_channel", 404],
  ["allocation_malformed", 400],
] as const)("%s of the store is answered %i", (code, status) => {
  expect(storeProblem(new StoreError(code, "In words."))).toMatchObject({ status, code });
});

it("credentials that are gone are to be given by connecting again", () => {
  const missing = storeProblem(new StoreError("credentials_missing", "In words."));
  expect(missing).toMatchObject({
    status: 409,
    code: "not_connected",
    message: "In words. Connect the channel again.",
  });
});

it("a log with a gap is our own failure", () => {
  expect(storeProblem(new StoreError("log_gap", "In words."))).toBeUndefined();
});

it("credentials that are renewed right now are to be replaced a little later", () => {
  const busy = storeProblem(new StoreError("credentials_busy", "In words."));
  expect(busy).toMatchObject({ message: "In words. Try again in a moment.", retryAfterSeconds: 5 });
});
