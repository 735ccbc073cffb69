import pg from "pg";
import { messageOf, type Logger } from "@lastunit/config";
import { valueTypes } from "@lastunit/config/postgres";
import type { LogHeadSignal } from "../log-head.ts";
import { findRowTypes, type RowTypes } from "./rows.ts";
import { HEAD_CHANNEL } from "./write.ts";

/** The connection that writes, and hears of what other ledger processes write: one less to wake at each commit. */
export interface Writer {
  readonly client: pg.Client;
  readonly types: RowTypes;
}

export interface WriterOptions {
  readonly connectionString: string;
  readonly log: Logger;
  /** Told of each commit of another process, when the connection is lost, and where the log ends when there is another. */
  readonly head: LogHeadSignal;
}

/** Keeps a writer's connection, and makes another when it is lost. */
export interface KeptWriter {
  /** The one to use; undefined while there is none. */
  readonly current: Writer | undefined;
  /** Resolves with the one to use, connecting at once when there is none. */
  connected(): Promise<Writer>;
  /** Ends one that failed. */
  drop(writer: Writer): Promise<void>;
  close(): Promise<void>;
}

const RECONNECT_MS = 500;

export function keepWriter(options: WriterOptions): KeptWriter {
  let current: Writer | undefined;
  let connecting: Promise<Writer> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  async function connect(): Promise<Writer> {
    try {
      const writer = await connectWriter(options);
      // Also lost while idle, as by a restart of the server.
      writer.client.once("end", () => forget(writer));
      current = writer;
      return writer;
    } finally {
      connecting = undefined;
    }
  }

  function connected(): Promise<Writer> {
    if (current) return Promise.resolve(current);
    connecting ??= connect();
    return connecting;
  }

  function forget(writer: Writer): void {
    if (current !== writer) return;
    current = undefined;
    options.head.forget();
    listenSoon();
  }

  function listenSoon(): void {
    clearTimeout(retry);
    if (!closed) retry = setTimeout(listen, RECONNECT_MS);
  }

  /** Followers are waiting, whether there is something to write or not. */
  function listen(): void {
    connected().catch((error: unknown) => {
      const reason = messageOf(error);
      if (!closed) options.log.warn({ error: reason }, "can't connect to write and to listen for commits");
      listenSoon();
    });
  }
  listen();

  return {
    get current() {
      return current;
    },
    connected,
    async drop(writer) {
      forget(writer);
      await writer.client.end().catch(() => undefined);
    },
    async close() {
      closed = true;
      await connecting?.catch(() => undefined);
      clearTimeout(retry);
      await current?.client.end();
    },
  };
}

/** Connects as the statements of this folder need it. */
async function connectWriter({ connectionString, log, head }: WriterOptions): Promise<Writer> {
  const client = new pg.Client({
    connectionString,
    application_name: "lastunit-ledger-writer",
    connectionTimeoutMillis: 5_000,
    query_timeout: 15_000,
    keepAlive: true,
    pipeline: true,
    types: valueTypes,
  });
  client.on("error", (error) => log.warn({ error: error.message }, "the writer's connection was lost"));
  let ownId = 0;
  // Of its own commits it would hear a moment before they are settled, and wake followers too soon.
  client.on("notification", ({ processId, payload }) => {
    if (processId !== ownId) head.advance(Number(payload));
  });
  try {
    await client.connect();
    // Every statement here is a handful of index probes; see load.ts.
    await client.query("set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off");
    // Such plans are right whatever the tables hold, so each is made once.
    await client.query("set plan_cache_mode = force_generic_plan");
    // A scan that is switched off counts as very costly: where JIT is on, each batch would be compiled first.
    await client.query("set jit = off");
    // A killed ledger's transaction must not keep the head locked.
    await client.query("set idle_in_transaction_session_timeout = '10s'; set lock_timeout = '10s'");
    const types = await findRowTypes(client);
    await client.query(`listen ${HEAD_CHANNEL}`);
    // What was committed while nobody listened; or less, when the server that took over had not got it all.
    const { rows } = await client.query<{ position: number; own_id: number }>(
      "select position, pg_backend_pid() as own_id from log_head",
    );
    ownId = rows[0]?.own_id ?? 0;
    head.reset(rows[0]?.position ?? 0);
    return { client, types };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}
