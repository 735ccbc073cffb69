import { ChannelError } from "@lastunit/adapter-contract";
import { createLogger } from "@lastunit/config";
import { StoreError } from "@lastunit/store";
import { describe, expect, it } from "vitest";
import { callContext, channelErrorOf, twice } from "./call.ts";

const log = createLogger({ name: "test", level: "silent" });
const context = () => callContext({ stopping: new AbortController().signal, log });
const failure = (kind: ChannelError["failure"]) => new ChannelError(kind, "no", { code: "CODE" });

/** Fails with these, one after the other, then returns the number of tries. */
function failing(...errors: Error[]) {
  const keys: string[] = [];
  const left = [...errors];
  const work = async (call: { readonly idempotencyKey: string }) => {
    keys.push(call.idempotencyKey);
    const error = left.shift();
    if (error) throw error;
    return keys.length;
  };
  return { keys, run: () => twice(context(), work) };
}

describe("a call", () => {
  it("is made once more, under the same key, when it failed at once", async () => {
    const { run, keys } = failing(failure("unavailable"));
    expect(await run()).toBe(2);
    expect(new Set(keys).size).toBe(1);
  });

  it("is not made a third time", async () => {
    const { run, keys } = failing(failure("unavailable"), failure("unavailable"));
    await expect(run()).rejects.toThrow("no");
    expect(keys).toHaveLength(2);
  });

  it.each(["rate_limited", "unauthorized", "rejected"] as const)("is not repeated when it was %s", async (kind) => {
    const { run, keys } = failing(failure(kind));
    await expect(run()).rejects.toMatchObject({ failure: kind });
    expect(keys).toHaveLength(1);
  });

  it("is not repeated once the worker stops", async () => {
    const stopping = new AbortController();
    const call = callContext({ stopping: stopping.signal, log });
    let tries = 0;
    const run = twice(call, async () => {
      tries += 1;
      stopping.abort();
      throw failure("unavailable");
    });
    await expect(run).rejects.toThrow("no");
    expect(tries).toBe(1);
  });

  it("has a key of its own", () => {
    expect(context().idempotencyKey).not.toBe(context().idempotencyKey);
  });
});

describe("what a call failed with", () => {
  it("is unknown to have taken effect when no answer came or something unforeseen happened", () => {
    const late = Object.assign(new Error("late"), { name: "TimeoutError" });
    expect(channelErrorOf(late)).toMatchObject({ failure: "unavailable", code: "timeout" });
    expect(channelErrorOf(new TypeError("x is undefined"))).toMatchObject({
      failure: "unavailable",
      code: "unexpected",
    });
  });

  it("never carries the text of an error that is not the adapter's own", () => {
    expect(channelErrorOf(new Error("Bearer secret")).message).not.toContain("secret");
  });

  it("asks for a new connection when there are no credentials", () => {
    const missing = new StoreError("credentials_missing", "none");
    expect(channelErrorOf(missing)).toMatchObject({ failure: "unauthorized" });
  });
});
