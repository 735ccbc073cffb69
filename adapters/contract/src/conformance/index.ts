export type { ConformanceCase, ConformanceGroup } from "./case.ts";
export { adapterConformance, type ConformanceOptions } from "./conformance.ts";
export { openDeliveryDoor, type DeliveryDoor } from "./delivery-door.ts";
export {
  callWithin,
  type ConformanceCall,
  type ConformanceFault,
  type ConformanceHarness,
  type ConformanceLine,
  type ConformanceSeed,
  type MakeHarness,
} from "./harness.ts";
export { MemoryCredentials } from "./memory-credentials.ts";
export { scaled, type ConformancePacing } from "./pacing.ts";
export { unpaced } from "./unpaced.ts";
