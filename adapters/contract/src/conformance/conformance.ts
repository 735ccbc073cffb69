import { describe, it, type ExpectStatic } from "vitest";
import { authorizing } from "./authorizing.ts";
import type { ConformanceCase, ConformanceGroup } from "./case.ts";
import { connecting } from "./connecting.ts";
import { failing } from "./failing.ts";
import { feeding } from "./feeding.ts";
import { usualSeed, type MakeHarness } from "./harness.ts";
import { hearing } from "./hearing.ts";
import { importing } from "./importing.ts";
import { pacing, type ConformancePacing } from "./pacing.ts";
import { pricing } from "./pricing.ts";
import { pushing } from "./pushing.ts";
import { receiving } from "./receiving.ts";
import { settling } from "./settling.ts";
import { subscribing } from "./subscribing.ts";

export interface ConformanceOptions {
  /** Enough listings that an import of this channel takes several pages. */
  readonly catalogSize: number;
  /** The real pacer, against the channel's real limits; absent where they are too wide to be reached in a test. */
  readonly pacing?: ConformancePacing;
}

/** What every adapter promises. */
export function conformanceGroups(options: ConformanceOptions): readonly ConformanceGroup[] {
  return [
    connecting,
    authorizing,
    importing(options.catalogSize),
    pushing,
    feeding,
    pricing,
    failing,
    pacing(options.pacing),
    hearing,
    settling,
    subscribing,
    receiving,
  ];
}

/** Runs what every adapter promises against a simulated channel. Each test opens its own harness. */
export function adapterConformance(name: string, makeHarness: MakeHarness, options: ConformanceOptions): void {
  describe(`${name} keeps the adapter contract:`, () => {
    for (const { about, cases } of conformanceGroups(options)) {
      // oxlint-disable-next-line vitest/valid-title -- what a case promises is its title
      describe(about, () => {
        for (const one of cases) {
          // oxlint-disable-next-line vitest/valid-title, vitest/expect-expect -- a case brings its title and its assertions
          it(one.title, async ({ skip, expect }) => {
            const skipped = await runCase(one, makeHarness, expect);
            if (skipped !== undefined) skip(skipped);
          });
        }
      });
    }
  });
}

/** Runs one case on a harness of its own. @returns why it was skipped; undefined when it was not. */
export async function runCase(
  one: ConformanceCase,
  makeHarness: MakeHarness,
  expect: ExpectStatic,
): Promise<string | undefined> {
  const harness = await makeHarness({ ...usualSeed, ...one.seed });
  try {
    const reason = one.skip?.(harness);
    if (reason === undefined) await one.run(harness, expect);
    return reason;
  } finally {
    await harness.session.close();
    await harness.stop();
  }
}
