import type { ExpectStatic } from "vitest";
import type { ChannelAdapter } from "../adapter.ts";
import type { ListingRef } from "../inventory.ts";
import type { Pacer, PaceLimits } from "../pacing.ts";
import { given, without, type ConformanceCase, type ConformanceGroup } from "./case.ts";
import { errorOf, importAll, importRef, importRefs, pollAll, update } from "./drivers.ts";
import { callUntil, callWithin, type ConformanceHarness } from "./harness.ts";

/** A pacer that keeps real limits, and a load that does not fit into them. */
export interface ConformancePacing {
  /** Made with the adapter's documented limits times `scaleLimits`. */
  readonly createPacer: (limits: PaceLimits) => Pacer;
  /** Multiplies the channel's limits, so that a test need not make thousands of calls. */
  readonly scaleLimits: number;
  /** So many pushes of one listing each, all at once, are throttled unless they are paced, though a busy machine takes seconds. */
  readonly pushes: number;
}

const MAX_TRIES = 5;

interface Spent {
  readonly bucket: string;
  readonly urgency: "prompt" | "background";
}

type Spendings = (work: () => Promise<unknown>) => Promise<readonly Spent[]>;

export function pacing(real: ConformancePacing | undefined): ConformanceGroup {
  return { about: "pacing", cases: [...(real ? againstRealLimits(real) : []), ...spending()] };
}

function againstRealLimits({ createPacer, scaleLimits, pushes }: ConformancePacing): readonly ConformanceCase[] {
  const listings = Array.from({ length: pushes }, (_, index) => ({ sku: `CAP-${index}`, quantity: 1 }));
  const pacerFor = ({ limits }: ChannelAdapter) => createPacer(scaled(limits, scaleLimits));

  async function pushEach(harness: ConformanceHarness) {
    const refs = await importRefs(
      harness,
      listings.map(({ sku }) => sku),
    );
    const updates = refs.map((ref) => update(harness, ref, 4));
    return await Promise.allSettled(
      updates.map((one) => harness.session.pushInventory([one], callWithin()).then(([outcome]) => outcome)),
    );
  }

  return [
    {
      title: "is needed: the channel throttles these calls when nobody paces them",
      seed: { listings, scaleLimits },
      async run(harness, expect) {
        const throttled = () => harness.calls().filter((call) => call.throttled);
        // Where all of it takes seconds, the limits fill up meanwhile.
        for (let tries = 0; throttled().length === 0 && tries < MAX_TRIES; tries += 1) {
          await pushEach(harness).catch(() => undefined);
        }
        expect(throttled()).not.toEqual([]);
      },
    },
    {
      title: "never exceeds the channel's limits, by the channel's own count",
      seed: { listings, scaleLimits, pacerFor },
      async run(harness, expect) {
        const outcomes = await pushEach(harness);
        expect(outcomes).toEqual(listings.map(() => ({ status: "fulfilled", value: { status: "accepted" } })));
        expect(harness.calls().filter(({ throttled }) => throttled)).toEqual([]);
      },
    },
    {
      title: "makes no further call before the time at which a throttle answer says that calls come back",
      ...without(({ namesRefill }) => namesRefill, "the channel does not say when its next calls come back"),
      seed: { listings: listings.slice(0, 3), pacerFor },
      async run(harness, expect) {
        const refs = await importRefs(harness, ["CAP-0", "CAP-1", "CAP-2"]);
        const push = (ref: ListingRef) => harness.session.pushInventory([update(harness, ref, 4)], callWithin());
        harness.fault({ on: "write", effect: { type: "throttle" } });
        const { retryAfterMs } = await errorOf(push(given(refs[0])));
        const outcomes = await Promise.all(refs.map(push));
        expect(outcomes.flat()).toEqual(refs.map(() => ({ status: "accepted" })));
        const { operation, answeredAt } = given(harness.calls().find(({ throttled }) => throttled));
        const later = harness.calls().filter((call) => call.operation === operation && call.startedAt > answeredAt);
        expect(later).toHaveLength(refs.length);
        expect(Math.min(...later.map(({ startedAt }) => startedAt)) - answeredAt).toBeGreaterThanOrEqual(
          given(retryAfterMs),
        );
      },
    },
  ];
}

function spending(): readonly ConformanceCase[] {
  const closing = closingPacer();
  return [
    spendingCase(
      "lets pushes, and the reads they wait for, go before everything else",
      async (harness, expect, spendings) => {
        const urgencies = urgenciesOf(spendings);
        const red = await importRef(harness, "CAP-RED");
        const reading = await urgencies(() => harness.session.readInventory([red], callWithin()));
        const pushing = await urgencies(() => harness.session.pushInventory([update(harness, red, 1)], callWithin()));
        expect({ reading, pushing }).toEqual({ reading: ["prompt"], pushing: ["prompt"] });
      },
    ),
    spendingCase("lets imports, polls and the reads nobody waits for go behind", async (harness, expect, spendings) => {
      const urgencies = urgenciesOf(spendings);
      const red = await importRef(harness, "CAP-RED");
      const importing = await urgencies(() => importAll(harness));
      const polling = await urgencies(() => pollAll(harness, new Date()));
      const call = callUntil(AbortSignal.timeout(15_000), "background");
      const reading = await urgencies(() => harness.session.readInventory([red], call));
      expect({ importing, polling, reading }).toEqual({
        importing: ["background"],
        polling: ["background"],
        reading: ["background"],
      });
    }),
    {
      ...spendingCase(
        "spends on a push no other limit than its import named for the listing",
        async (harness, expect, spendings) => {
          const { listings } = await importAll(harness);
          for (const listing of listings) {
            const updates = [update(harness, await importRef(harness, listing.sku), 1)];
            const own = await spendings(() => harness.session.pushInventory(updates, callWithin()));
            expect([...new Set(own.map(({ bucket }) => bucket))]).toEqual([listing.pushBucket]);
          }
          const buckets = Object.keys(given(harness.adapter.capabilities.pushBuckets));
          expect(buckets).toEqual(expect.arrayContaining(listings.map(({ pushBucket }) => pushBucket)));
        },
      ),
      ...without(({ adapter }) => adapter.capabilities.pushBuckets, "its pushes all spend the same limit"),
    },
    {
      title: "gives up at the deadline while a call waits for its turn, without making it",
      seed: { pacerFor: () => closing.pacer },
      async run(harness, expect) {
        closing.isClosed = false;
        await importAll(harness);
        closing.isClosed = true;
        const before = harness.calls().length;
        const reading = harness.session.importListings(null, callWithin(200));
        const outcome = await Promise.race([
          reading.then(
            () => "it went on",
            (error: unknown) => error,
          ),
          new Promise((resolve) => setTimeout(resolve, 5_000, "it waits for ever").unref()),
        ]);
        expect(outcome).toMatchObject({ name: "ChannelError", failure: "unavailable" });
        expect(harness.calls().slice(before)).toEqual([]);
      },
    },
  ];
}

/**
 * A case with a pacer that keeps what is spent.
 *
 * @param run given what tells what one piece of work spent: asserted to be anything, and only what the adapter has limits
 *   for.
 */
function spendingCase(
  title: string,
  run: (harness: ConformanceHarness, expect: ExpectStatic, spendings: Spendings) => Promise<void>,
): ConformanceCase {
  const spent: Spent[] = [];
  const recording: Pacer = {
    spend(bucket, work, options) {
      spent.push({ bucket, urgency: options?.urgency ?? "prompt" });
      return work();
    },
    observe: () => undefined,
  };
  return {
    title,
    seed: { pacerFor: () => recording },
    run: (harness, expect) =>
      run(harness, expect, async (work) => {
        const before = spent.length;
        await work();
        const own = spent.slice(before);
        expect(own).not.toEqual([]);
        const known = Object.keys(harness.adapter.limits);
        expect(known).toEqual(expect.arrayContaining([...new Set(own.map(({ bucket }) => bucket))]));
        return own;
      }),
  };
}

/** How urgent one piece of work was. */
function urgenciesOf(spendings: Spendings) {
  return async (work: () => Promise<unknown>) => [...new Set((await spendings(work)).map(({ urgency }) => urgency))];
}

/** A bucket that has room until it is closed, and then never again. */
function closingPacer(): { readonly pacer: Pacer; isClosed: boolean } {
  const state = {
    isClosed: false,
    pacer: {
      spend<T>(_bucket: string, work: () => Promise<T>, options?: { readonly signal?: AbortSignal }) {
        if (!state.isClosed) return work();
        return new Promise<T>((_resolve, reject) => {
          options?.signal?.addEventListener("abort", () => reject(options.signal?.reason), { once: true });
        });
      },
      observe: () => undefined,
    },
  };
  return state;
}

/** An adapter's limits, as a channel has them whose limits are multiplied by `scale`. */
export function scaled(limits: PaceLimits, scale: number): PaceLimits {
  return Object.fromEntries(
    Object.entries(limits).map(([bucket, { perSecond, burst }]) => [
      bucket,
      { perSecond: perSecond * scale, burst: burst * scale },
    ]),
  );
}
