import { adapterConformance } from "./conformance.ts";
import { toyHarness } from "./testing/toy-harness.ts";
import { toyPacer } from "./testing/toy-pacer.ts";

adapterConformance("The toy channel", toyHarness(), {
  catalogSize: 12,
  pacing: { createPacer: toyPacer, scaleLimits: 1, pushes: 15 },
});
