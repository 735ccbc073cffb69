import { ChannelError } from "../errors.ts";
import type { ListingRef, UpdateOutcome } from "../inventory.ts";
import { given, without, type ConformanceCase, type ConformanceGroup } from "./case.ts";
import { errorOf, eventually, importRef, importRefs, shows, update } from "./drivers.ts";
import { callUntil, callWithin, type ConformanceFault, type ConformanceHarness } from "./harness.ts";
import { secretsIn } from "./secrets-in.ts";

const htmlPage = { type: "status", status: 503, body: "<html><body>Service Unavailable</body></html>" } as const;

const outages: readonly (readonly [string, ConformanceFault["effect"]])[] = [
  ["a 503 with an HTML page", htmlPage],
  ["an answer cut in the middle of its JSON", { type: "cut" }],
  ["a connection reset", { type: "reset" }],
];

/** Longer than an answer needs to reach the adapter, and shorter than the pause between its calls below. */
const UNDER_WAY_MS = 500;

export const failing: ConformanceGroup = {
  about: "failing",
  cases: [
    {
      title: "says rate_limited when the channel throttles, and nothing is written",
      async run(harness, expect) {
        const red = await importRef(harness, "CAP-RED");
        harness.fault({ on: "write", effect: { type: "throttle" } });
        await expect(push(harness, red)).rejects.toMatchObject({ name: "ChannelError", failure: "rate_limited" });
        expect(harness.shown("CAP-RED")).toBe(5);
      },
    },
    {
      title: "says how long to wait where the channel does",
      ...without(({ namesThrottleWait }) => namesThrottleWait, "the channel does not say how long to wait"),
      async run(harness, expect) {
        const red = await importRef(harness, "CAP-RED");
        harness.fault({ on: "write", effect: { type: "throttle" } });
        const { retryAfterMs } = await errorOf(push(harness, red));
        expect(retryAfterMs).toBeGreaterThan(0);
      },
    },
    {
      title: "makes no further call of a push once the channel has throttled it",
      seed: { listings: Array.from({ length: 12 }, (_, index) => ({ sku: `CAP-${index}`, quantity: 1 })) },
      async run(harness, expect) {
        const refs = await importRefs(
          harness,
          Array.from({ length: 12 }, (_, index) => `CAP-${index}`),
        );
        const updates = refs.map((ref) => update(harness, ref, 4));
        harness.fault({ on: "write", effect: { type: "throttle" } });
        // An adapter that goes on is slow enough to be seen.
        harness.fault({ on: "write", times: updates.length, effect: { type: "delay", ms: 2 * UNDER_WAY_MS } });
        const size = harness.adapter.capabilities.listingsPerCall;
        await harness.session.pushInventory(updates.slice(0, size), callWithin()).catch(onlyRateLimited);
        const throttled = given(harness.calls().find((call) => call.throttled));
        const later = harness
          .calls()
          .filter(({ operation }) => operation === throttled.operation)
          .filter(({ startedAt }) => startedAt > throttled.answeredAt + UNDER_WAY_MS);
        expect(later).toEqual([]);
      },
    },
    {
      title: "says truly of each listing whether it was written when the channel throttles in the middle of a push",
      async run(harness, expect) {
        const refs = await importRefs(harness, ["CAP-RED", "CAP-BLU", "CAP-GRN"]);
        harness.fault({ on: "write", effect: { type: "throttle" } });
        const updates = refs.map((ref) => update(harness, ref, 1));
        const size = harness.adapter.capabilities.listingsPerCall;
        const ofOneCall = updates.slice(0, size);
        const shown = () => ofOneCall.map(({ listing }) => harness.shown(listing.sku));
        const before = shown();
        const outcomes = await harness.session
          .pushInventory(ofOneCall, callWithin())
          .catch((error: unknown): readonly UpdateOutcome[] => {
            onlyRateLimited(error);
            return ofOneCall.map(() => ({ status: "throttled", retryAfterMs: undefined }));
          });
        const statuses = outcomes.map(({ status }) => status);
        expect(statuses).toContain("throttled");
        const told = statuses.map((status, index) => (status === "accepted" ? 1 : before[index]));
        await eventually(() => expect(shown()).toEqual(told));
      },
    },
    ...outages.map(([name, effect]) => outage(name, effect)),
    late("write"),
    late("read"),
    {
      title: "makes no call whose deadline has passed before it began",
      async run(harness, expect) {
        const red = await importRef(harness, "CAP-RED");
        const before = harness.calls().length;
        const call = callUntil(AbortSignal.abort());
        const works = [
          harness.session.pushInventory([update(harness, red, 1)], call),
          harness.session.readInventory([red], call),
          harness.session.importListings(null, call),
          harness.session.pollOrders(new Date(), call),
        ];
        const errors = await Promise.all(works.map(errorOf));
        expect(errors.map(({ failure }) => failure)).toEqual(works.map(() => "unavailable"));
        expect(harness.calls().slice(before)).toEqual([]);
      },
    },
    {
      title: "renews an expired token once, also when many calls find it expired at the same time",
      async run(harness, expect) {
        const refs = await importRefs(harness, ["CAP-RED", "CAP-BLU", "CAP-GRN"]);
        await harness.expireToken();
        const before = harness.credentials.renewals;
        const read = await Promise.all(refs.map((ref) => harness.session.readInventory([ref], callWithin())));
        expect(read.flat().map(({ status }) => status)).toEqual(["read", "read", "read"]);
        expect(harness.credentials.renewals - before).toBe(1);
      },
    },
    {
      title: "renews an expired token once, also when two processes find it expired at the same time",
      async run(harness, expect) {
        const red = await importRef(harness, "CAP-RED");
        const another = harness.openSession();
        await another.readInventory([red], callWithin());
        await harness.expireToken();
        const before = harness.credentials.renewals;
        const sessions = [harness.session, another];
        const read = await Promise.all(sessions.map((session) => session.readInventory([red], callWithin())));
        expect(read.flat().map(({ status }) => status)).toEqual(["read", "read"]);
        expect(harness.credentials.renewals - before).toBe(1);
        await another.close();
      },
    },
    {
      title: "writes with a renewed token what it could not write with an expired one",
      async run(harness, expect) {
        const red = await importRef(harness, "CAP-RED");
        await harness.expireToken();
        expect(await push(harness, red)).toEqual([{ status: "accepted" }]);
        await shows(harness, expect, { "CAP-RED": 1 });
      },
    },
    {
      title: "says unauthorized when the merchant has taken the access away",
      async run(harness, expect) {
        const red = await importRef(harness, "CAP-RED");
        harness.revoke();
        await expect(push(harness, red)).rejects.toMatchObject({ name: "ChannelError", failure: "unauthorized" });
        expect(harness.shown("CAP-RED")).toBe(5);
      },
    },
    {
      title: "shows no secret in any error it throws",
      async run(harness, expect) {
        const red = await importRef(harness, "CAP-RED");
        const before = await secretsOf(harness);
        const errors = [];
        for (const effect of [{ type: "throttle" } as const, ...outages.map(([, effect]) => effect)]) {
          harness.fault({ on: "write", effect });
          errors.push(await errorOf(push(harness, red)));
        }
        harness.revoke();
        errors.push(await errorOf(push(harness, red)));
        const secrets = [...before, ...(await secretsOf(harness))];
        expect(secrets).not.toEqual([]);
        for (const error of errors) expect(secretsIn(error, secrets)).toEqual([]);
      },
    },
  ],
};

function outage(name: string, effect: ConformanceFault["effect"]): ConformanceCase {
  return {
    title: `calls ${name} unavailable, when it writes and when it reads`,
    async run(harness, expect) {
      const red = await importRef(harness, "CAP-RED");
      harness.fault({ on: "write", effect });
      await expect(push(harness, red)).rejects.toMatchObject({ name: "ChannelError", failure: "unavailable" });
      harness.fault({ on: "read", effect });
      const reading = harness.session.readInventory([red], callWithin());
      await expect(reading).rejects.toMatchObject({ name: "ChannelError", failure: "unavailable" });
    },
  };
}

function late(on: "write" | "read"): ConformanceCase {
  return {
    title: `ends a ${on} whose deadline has passed`,
    async run(harness, expect) {
      const red = await importRef(harness, "CAP-RED");
      harness.fault({ on, effect: { type: "delay", ms: 10_000 } });
      const started = performance.now();
      const call = callWithin(300);
      const calling =
        on === "write"
          ? harness.session.pushInventory([update(harness, red, 1)], call)
          : harness.session.readInventory([red], call);
      await expect(calling).rejects.toMatchObject({ name: "ChannelError", failure: "unavailable" });
      expect(performance.now() - started).toBeLessThan(5_000);
    },
  };
}

function push(harness: ConformanceHarness, listing: ListingRef) {
  return harness.session.pushInventory([update(harness, listing, 1)], callWithin());
}

/** @throws what is no `rate_limited` of the whole call. */
function onlyRateLimited(error: unknown): void {
  if (!(error instanceof ChannelError) || error.failure !== "rate_limited") throw error;
}

/** Every text kept among the credentials that the connect form does not show in clear. */
async function secretsOf({ adapter, credentials }: ConformanceHarness): Promise<readonly string[]> {
  const inClear = new Set(adapter.fields.filter(({ sensitive }) => !sensitive).map(({ name }) => name));
  return Object.entries(await credentials.read())
    .filter(([name]) => !inClear.has(name) && !name.endsWith("At"))
    .map(([, value]): unknown => value)
    .filter((value) => typeof value === "string")
    .filter((value) => value.length >= 8);
}
