import { describe, expect, it } from "vitest";
import { oneAtATime } from "../public/one-at-a-time.js";

describe("work that goes on once at a time", () => {
  /** Work that ends when the test says so. */
  function openWork() {
    const begun: PromiseWithResolvers<string>[] = [];
    const work = oneAtATime(() => {
      const one = Promise.withResolvers<string>();
      begun.push(one);
      return one.promise;
    });
    return { work, begun };
  }

  it("is not begun again while it goes on: who asks meanwhile hears of its end", async () => {
    const { work, begun } = openWork();
    const both = [work(), work()];
    expect(begun).toHaveLength(1);
    begun[0]?.resolve("granted");
    expect(await Promise.all(both)).toEqual(["granted", "granted"]);
  });

  it("is begun anew once it has ended, also when it failed", async () => {
    const { work, begun } = openWork();
    const failing = work();
    begun[0]?.reject(new Error("no answer"));
    await expect(failing).rejects.toThrow("no answer");
    const again = work();
    expect(begun).toHaveLength(2);
    begun[1]?.resolve("granted");
    expect(await again).toBe("granted");
  });
});
