import type pg from "pg";
import type { GroupCommit } from "../commit/group-commit.ts";
import type { LogHeadSignal } from "../log-head.ts";
import type { Auth } from "./auth.ts";

/** What the routes work with. */
export interface Parts {
  readonly auth: Auth;
  readonly commit: GroupCommit;
  /** For reads. */
  readonly pool: pg.Pool;
  readonly head: LogHeadSignal;
  /** Aborts when the ledger stops, so that waiting followers are let go. */
  readonly stopping: AbortSignal;
}
