import type { Logger } from "@lastunit/config";
import type pg from "pg";
import type { GroupCommit } from "../commit/group-commit.ts";
import type { LogHeadSignal } from "../log-head.ts";
import type { Auth } from "./auth.ts";

/** What the routes work with. */
export interface Parts {
  readonly auth: Auth;
  readonly commit: GroupCommit;
  /** For reads; it gives up on a database that hangs. */
  readonly pool: pg.Pool;
  /** For reads that take as long as the log is long. */
  readonly auditPool: pg.Pool;
  readonly head: LogHeadSignal;
  /** Aborts when the ledger stops, so that waiting followers are let go. */
  readonly stopping: AbortSignal;
  readonly log: Logger;
}
