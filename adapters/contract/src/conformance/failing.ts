import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { ChannelError } from "../errors.ts";
import type { UpdateOutcome } from "../inventory.ts";
import { importRefs, update } from "./drivers.ts";
import { callWithin, useHarness, type ConformanceFault, type ConformanceHarness, type MakeHarness } from "./harness.ts";

const htmlPage = { type: "status", status: 503, body: "<html><body>Service Unavailable</body></html>" } as const;

const outages: readonly (readonly [string, ConformanceFault["effect"]])[] = [
  ["a 503 with an HTML page", htmlPage],
  ["an answer cut in the middle of its JSON", { type: "cut" }],
  ["a connection reset", { type: "reset" }],
];

export function failing(make: MakeHarness): void {
  describe("failing", () => {
    const harness = useHarness(make);

    it("says rate_limited when the channel throttles, and nothing is written", async () => {
      const [red] = await importRefs(harness(), ["CAP-RED"]);
      harness().fault({ on: "write", effect: { type: "throttle" } });
      await expect(push(harness(), red!)).rejects.toMatchObject({ name: "ChannelError", failure: "rate_limited" });
      expect(harness().shown("CAP-RED")).toBe(5);
    });

    it("says truly of each listing whether it was written when the channel throttles in the middle of a push", async () => {
      const refs = await importRefs(harness(), ["CAP-RED", "CAP-BLU", "CAP-GRN"]);
      harness().fault({ on: "write", effect: { type: "throttle" } });
      const updates = refs.map((ref) => update(harness(), ref, 1));
      const shown = () => updates.map(({ listing }) => harness().shown(listing.sku));
      const before = shown();
      const statuses = await harness()
        .session.pushInventory(updates, callWithin())
        .then((outcomes) => outcomes.map(({ status }) => status))
        .catch((error: unknown) => {
          if (!(error instanceof ChannelError) || error.failure !== "rate_limited") throw error;
          return updates.map((): UpdateOutcome["status"] => "throttled");
        });
      expect(statuses).toContain("throttled");
      const told = statuses.map((status, index) => (status === "accepted" ? 1 : before[index]));
      await vi.waitFor(() => expect(shown()).toEqual(told));
    });

    it.each(outages)("calls %s unavailable, when it writes and when it reads", async (_name, effect) => {
      const [red] = await importRefs(harness(), ["CAP-RED"]);
      harness().fault({ on: "write", effect });
      await expect(push(harness(), red!)).rejects.toMatchObject({ name: "ChannelError", failure: "unavailable" });
      harness().fault({ on: "read", effect });
      const reading = harness().session.readInventory([red!], callWithin());
      await expect(reading).rejects.toMatchObject({ name: "ChannelError", failure: "unavailable" });
    });

    it("ends a call whose deadline has passed", async () => {
      const [red] = await importRefs(harness(), ["CAP-RED"]);
      harness().fault({ on: "read", effect: { type: "delay", ms: 10_000 } });
      const started = performance.now();
      const reading = harness().session.readInventory([red!], callWithin(300));
      await expect(reading).rejects.toMatchObject({ name: "ChannelError", failure: "unavailable" });
      expect(performance.now() - started).toBeLessThan(5_000);
    });

    it("renews an expired token once, also when many calls find it expired at the same time", async ({ skip }) => {
      if (!harness().expireToken) skip("the channel's tokens do not expire");
      const refs = await importRefs(harness(), ["CAP-RED", "CAP-BLU", "CAP-GRN"]);
      await harness().expireToken?.();
      const before = harness().credentials.renewals;
      const read = await Promise.all(refs.map((ref) => harness().session.readInventory([ref], callWithin())));
      expect(read.flat().map(({ status }) => status)).toEqual(["read", "read", "read"]);
      expect(harness().credentials.renewals - before).toBe(1);
    });

    it("says unauthorized when the merchant has taken the access away", async () => {
      const [red] = await importRefs(harness(), ["CAP-RED"]);
      harness().revoke();
      await expect(push(harness(), red!)).rejects.toMatchObject({ name: "ChannelError", failure: "unauthorized" });
      expect(harness().shown("CAP-RED")).toBe(5);
    });

    it("shows no secret in any error it throws", async () => {
      const [red] = await importRefs(harness(), ["CAP-RED"]);
      const before = await secretsOf(harness());
      const errors = [];
      for (const effect of [{ type: "throttle" } as const, ...outages.map(([, effect]) => effect)]) {
        harness().fault({ on: "write", effect });
        errors.push(await errorOf(push(harness(), red!)));
      }
      harness().revoke();
      errors.push(await errorOf(push(harness(), red!)));
      const secrets = [...before, ...(await secretsOf(harness()))];
      expect(secrets).not.toEqual([]);
      for (const error of errors) {
        const text = `${inspect(error, { depth: null, showHidden: true })} ${JSON.stringify(error)} ${String(error.stack)}`;
        expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
      }
    });
  });
}

function push(harness: ConformanceHarness, listing: Parameters<typeof update>[1]) {
  return harness.session.pushInventory([update(harness, listing, 1)], callWithin());
}

async function errorOf(work: Promise<unknown>): Promise<ChannelError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ChannelError)) throw new Error("expected a ChannelError", { cause: error });
  return error;
}

/** Every text kept among the credentials that the connect form does not show in clear. */
async function secretsOf({ adapter, credentials }: ConformanceHarness): Promise<readonly string[]> {
  const inClear = new Set(adapter.fields.filter(({ sensitive }) => !sensitive).map(({ name }) => name));
  return Object.entries(await credentials.read())
    .filter(([name]) => !inClear.has(name))
    .map(([, value]): unknown => value)
    .filter((value) => typeof value === "string")
    .filter((value) => value.length >= 8);
}
