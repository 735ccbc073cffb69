import { EventEmitter, once } from "node:events";
import pg from "pg";
import type { Logger } from "@lastunit/config";
import { HEAD_CHANNEL } from "./commit/append.ts";

/** Wakes followers within milliseconds of a commit, whichever ledger process made it. */
export interface LogHeadSignal {
  /** The furthest end of the log heard of in this process. */
  readonly position: number;
  /** Tells of a commit made here. */
  advance(position: number): void;
  /** Resolves when the log may be longer than `position`, or after `timeoutMs`, or when the signal aborts. */
  waitBeyond(position: number, timeoutMs: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const RECONNECT_MS = 500;

/** Listens for other processes' commits on a connection of its own, and again after that one broke. */
export function createLogHeadSignal(options: {
  readonly connectionString: string;
  readonly log: Logger;
}): LogHeadSignal {
  const emitter = new EventEmitter().setMaxListeners(0);
  let position = 0;
  let closed = false;
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;

  function advance(to: number): void {
    if (to <= position) return;
    position = to;
    emitter.emit("advanced");
  }

  async function listen(): Promise<void> {
    const listener = new pg.Client({
      connectionString: options.connectionString,
      application_name: "lastunit-ledger-listener",
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    client = listener;
    listener.on("notification", (notice) => advance(Number(notice.payload)));
    listener.on("error", () => undefined);
    listener.once("end", relisten);
    try {
      await listener.connect();
      await listener.query(`listen ${HEAD_CHANNEL}`);
      // What was committed while nobody listened; or less, when the server that took over had not got it all.
      const head = await listener.query<{ position: string }>("select position from log_head");
      position = 0;
      advance(Number(head.rows[0]?.position ?? 0));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!closed) options.log.warn({ error: reason }, "can't listen for commits of other ledger processes");
      listener.end().catch(() => undefined);
    }
  }

  function relisten(): void {
    if (closed) return;
    clearTimeout(retry);
    retry = setTimeout(() => void listen(), RECONNECT_MS);
  }

  void listen();

  return {
    get position() {
      return position;
    },
    advance,
    async waitBeyond(after, timeoutMs, signal) {
      if (position > after || signal.aborted) return;
      const timeout = AbortSignal.timeout(timeoutMs);
      await once(emitter, "advanced", { signal: AbortSignal.any([timeout, signal]) }).catch(() => undefined);
    },
    async close() {
      closed = true;
      clearTimeout(retry);
      await client?.end().catch(() => undefined);
    },
  };
}
