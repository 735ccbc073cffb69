import { expect } from "vitest";
import type { ChannelAdapter } from "../adapter.ts";
import type { Pacer, PaceLimits } from "../pacing.ts";
import type { ConformanceCase, ConformanceGroup } from "./case.ts";
import { importAll, importRef, importRefs, pollAll, update } from "./drivers.ts";
import { callUntil, callWithin, type ConformanceHarness } from "./harness.ts";

/** A pacer that keeps real limits, and a load that does not fit into them. */
export interface ConformancePacing {
  /** Made with the adapter's documented limits times `scaleLimits`. */
  readonly createPacer: (limits: PaceLimits) => Pacer;
  /** Multiplies the channel's limits, so that a test need not make thousands of calls. */
  readonly scaleLimits: number;
  /** So many pushes of one listing each, all at once, are throttled unless they are paced. */
  readonly pushes: number;
}

interface Spent {
  readonly bucket: string;
  readonly cost: number;
  readonly urgency: "prompt" | "background";
}

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
      async run(harness) {
        await pushEach(harness).catch(() => undefined);
        expect(harness.calls().filter(({ throttled }) => throttled)).not.toEqual([]);
      },
    },
    {
      title: "never exceeds the channel's limits, by the channel's own count",
      seed: { listings, scaleLimits, pacerFor },
      async run(harness) {
        const outcomes = await pushEach(harness);
        expect(outcomes).toEqual(listings.map(() => ({ status: "fulfilled", value: { status: "accepted" } })));
        expect(harness.calls().filter(({ throttled }) => throttled)).toEqual([]);
      },
    },
  ];
}

function spending(): readonly ConformanceCase[] {
  const spent: Spent[] = [];
  const recording: Pacer = {
    spend(bucket, work, options) {
      spent.push({ bucket, cost: options?.cost ?? 1, urgency: options?.urgency ?? "prompt" });
      return work();
    },
    observe: () => undefined,
  };
  const pacerFor = () => recording;
  const closing = closingPacer();
  /** What one piece of work spends, asserted to spend anything and only what the adapter has limits for. */
  async function spentBy({ adapter }: ConformanceHarness, work: () => Promise<unknown>): Promise<readonly Spent[]> {
    const before = spent.length;
    await work();
    const own = spent.slice(before);
    expect(own).not.toEqual([]);
    expect(Object.keys(adapter.limits)).toEqual(expect.arrayContaining([...new Set(own.map(({ bucket }) => bucket))]));
    return own;
  }
  const urgencies = (own: readonly Spent[]) => [...new Set(own.map(({ urgency }) => urgency))];

  return [
    {
      title: "lets pushes, and the reads they wait for, go before everything else",
      seed: { pacerFor },
      async run(harness) {
        const red = await importRef(harness, "CAP-RED");
        const reading = await spentBy(harness, () => harness.session.readInventory([red], callWithin()));
        const pushing = await spentBy(harness, () =>
          harness.session.pushInventory([update(harness, red, 1)], callWithin()),
        );
        expect([urgencies(reading), urgencies(pushing)]).toEqual([["prompt"], ["prompt"]]);
      },
    },
    {
      title: "lets imports, polls and the reads nobody waits for go behind",
      seed: { pacerFor },
      async run(harness) {
        const red = await importRef(harness, "CAP-RED");
        const importing = await spentBy(harness, () => importAll(harness));
        const polling = await spentBy(harness, () => pollAll(harness, null));
        const call = callUntil(AbortSignal.timeout(15_000), "background");
        const reading = await spentBy(harness, () => harness.session.readInventory([red], call));
        const all = { importing: urgencies(importing), polling: urgencies(polling), reading: urgencies(reading) };
        expect(all).toEqual({ importing: ["background"], polling: ["background"], reading: ["background"] });
      },
    },
    {
      title: "gives up at the deadline while a call waits for its turn, without making it",
      seed: { pacerFor: () => closing.pacer },
      async run(harness) {
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

function scaled(limits: PaceLimits, scale: number): PaceLimits {
  return Object.fromEntries(
    Object.entries(limits).map(([bucket, { perSecond, burst }]) => [
      bucket,
      { perSecond: perSecond * scale, burst: burst * scale },
    ]),
  );
}
