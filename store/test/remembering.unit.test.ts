import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { remembering, type CredentialBox } from "../src/index.ts";

/** Credentials that count how often they were read. */
function countedBox(): CredentialBox<string> & { reads: number; stored: string } {
  return {
    reads: 0,
    stored: "first",
    async read() {
      this.reads += 1;
      return this.stored;
    },
    async renew(renew) {
      this.stored = await renew(this.stored);
      return this.stored;
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("remembered credentials", () => {
  it("are read once for many calls in a row, also parallel ones", async () => {
    const box = countedBox();
    const remembered = remembering(box);
    expect(await Promise.all([remembered.read(), remembered.read()])).toEqual(["first", "first"]);
    expect(await remembered.read()).toBe("first");
    expect(box.reads).toBe(1);
  });

  it("are read again after two seconds, when another process may have renewed them", async () => {
    const box = countedBox();
    const remembered = remembering(box);
    await remembered.read();
    box.stored = "renewed elsewhere";
    vi.advanceTimersByTime(2_001);
    expect(await remembered.read()).toBe("renewed elsewhere");
  });

  it("are the renewed ones right after a renewal, which itself starts from what is stored", async () => {
    const box = countedBox();
    const remembered = remembering(box);
    await remembered.read();
    box.stored = "renewed elsewhere";
    expect(await remembered.renew(async (current) => `${current}, then here`)).toBe("renewed elsewhere, then here");
    expect(await remembered.read()).toBe("renewed elsewhere, then here");
  });

  it("do not remember a failed read", async () => {
    const box = countedBox();
    const failing = vi.spyOn(box, "read").mockRejectedValueOnce(new Error("away"));
    const remembered = remembering(box);
    await expect(remembered.read()).rejects.toThrow("away");
    expect(await remembered.read()).toBe("first");
    expect(failing).toHaveBeenCalledTimes(2);
  });
});
