export { startLedger, type Ledger, type LedgerOptions } from "./ledger.ts";
