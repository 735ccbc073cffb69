import { describe } from "vitest";
import { connecting, connectingWithTooLittle } from "./connecting.ts";
import { failing } from "./failing.ts";
import type { MakeHarness } from "./harness.ts";
import { hearing } from "./hearing.ts";
import { importing } from "./importing.ts";
import { receiving } from "./receiving.ts";
import { pushing } from "./pushing.ts";

export interface ConformanceOptions {
  /** Enough listings that an import of this channel takes several pages. */
  readonly catalogSize: number;
  /** Whether the simulator can connect an app that was granted too little. */
  readonly canRestrict: boolean;
}

/** What every adapter promises, against a simulated channel. Each test opens its own harness. */
export function adapterConformance(name: string, makeHarness: MakeHarness, options: ConformanceOptions): void {
  describe(`${name} keeps the adapter contract:`, () => {
    connecting(makeHarness);
    importing(makeHarness, options.catalogSize);
    if (options.canRestrict) connectingWithTooLittle(makeHarness);
    pushing(makeHarness);
    failing(makeHarness);
    hearing(makeHarness);
    receiving(makeHarness);
  });
}
