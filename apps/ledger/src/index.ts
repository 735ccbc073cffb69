export { startLedger, type Ledger, type LedgerOptions } from "./ledger.ts";
export { BrokenChain, replay, type ReplayReport } from "./replay/replay.ts";
