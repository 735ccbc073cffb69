import type { Change } from "./change.ts";

/** A mistake somebody could make in the ledger. */
export interface Fault {
  readonly changes: readonly Change[];
  /**
   * What in the database would stop the mistake too, taken away: the checks must find it without that. Nothing where the
   * mistake shows all the same.
   */
  readonly constraint?: { readonly table: string; readonly name: string };
}

function change(file: string, piece: string, instead: string): Change {
  return { file, piece, instead };
}

const noLock = change(
  "apps/ledger/src/commit/open-books.ts",
  "from (select * from log_head for update) locked`",
  "from (select * from log_head) locked`",
);
const noGuard = change(
  "apps/ledger/src/commit/write.ts",
  "`position = $1::bigint and hash = $2 and generation = $3::bigint",
  "`$1::bigint is not null and $2::bytea is not null and $3::bigint is not null",
);
const positionsApart = { table: "event", name: "event_pkey" };

/** The mistakes that the checks must find, by name. */
export const faults = {
  "skips the lock": { changes: [noLock, noGuard] },
  "skips the lock, and nothing keeps positions apart": { changes: [noLock, noGuard], constraint: positionsApart },
  "goes on from what it remembers, and nothing keeps positions apart": {
    changes: [noGuard],
    constraint: positionsApart,
  },
  "acknowledges before the commit": {
    changes: [
      change(
        "apps/ledger/src/commit/group-commit.ts",
        "      if (!(await opened.settle())) return decideAgain(batch);",
        `      batch.forEach((pending, index) => pending.answer(outcomes[index]));
      if (!(await opened.settle())) return decideAgain(batch);`,
      ),
    ],
  },
  "forgets the merchant in the log": {
    changes: [
      change("apps/ledger/src/read/events.ts", "and merchant_id = $3 order by", "and $3::text is not null order by"),
      change("apps/ledger/src/read/events.ts", "event.merchantId === merchantId", "event.position > 0"),
    ],
  },
  "takes what it has written itself for the whole log": {
    changes: [
      change("apps/ledger/src/log-head.ts", "      if (kept.at(-1)?.position !== first.position - 1) kept = [];\n", ""),
    ],
  },
  "forgets the merchant in the stock": {
    changes: [change("apps/ledger/src/read/stock.ts", "b.merchant_id = $1 and", "$1::text is not null and")],
  },
  "forgets the merchant in the history": {
    changes: [
      change(
        "apps/ledger/src/read/history.ts",
        "`from event where merchant_id = $1 and sku = $2 and ${side}",
        "`from event where $1::text is not null and sku = $2 and ${side}",
      ),
    ],
  },
  "forgets the merchant in the balance at a time": {
    changes: [
      change(
        "apps/ledger/src/read/history.ts",
        "where merchant_id = $1 and sku = $2 and location_id = b.location_id and",
        "where $1::text is not null and sku = $2 and location_id = b.location_id and",
      ),
    ],
  },
  "applies a repeat again": {
    changes: [
      change("apps/ledger/src/domain/decide-event.ts", "if (known) return repeated(command, known);", "void known;"),
    ],
  },
  "applies a repeat again, and nothing keeps event ids apart": {
    changes: [
      change("apps/ledger/src/domain/decide-event.ts", "if (known) return repeated(command, known);", "void known;"),
    ],
    constraint: { table: "event", name: "event_once" },
  },
  "reads followers' pages twice": {
    changes: [
      change(
        "apps/ledger/src/http/stream.ts",
        "      after = page.next;",
        "      after = page.events.length > 1 ? page.next - 1 : page.next;",
      ),
    ],
  },
  "tells nobody of a commit": {
    changes: [change("apps/ledger/src/log-head.ts", '    emitter.emit("advanced");', "")],
  },
  "forgets who can't keep up": {
    changes: [
      change(
        "apps/ledger/src/http/stream.ts",
        'if (!raw.write(text)) await once(raw, "drain", { signal: over });',
        "raw.write(text);",
      ),
    ],
  },
  "holds the first line of a cart": {
    changes: [
      change(
        "apps/ledger/src/domain/decide-reservation.ts",
        "    events: command.lines.map((line, index) => ({",
        "    events: command.lines.slice(0, 1).map((line, index) => ({",
      ),
    ],
  },
  "never gives back what expired": {
    changes: [
      change(
        "apps/ledger/src/domain/decide-reservation.ts",
        "  if (!isOver(reservation, now)) return { events: [] };",
        "  return { events: [] };",
      ),
    ],
  },
  "ends with its connection": {
    changes: [
      change(
        "apps/ledger/src/commit/writer.ts",
        '  client.on("error", (error) => log.warn({ error: error.message }, "the writer\'s connection was lost"));\n',
        "",
      ),
    ],
  },
  "rests after its database was away": {
    changes: [
      change(
        "apps/ledger/src/read/events.ts",
        '  const head = await pool.query<{ position: number }>("select position from log_head");',
        `  if (globalThis.restsUntil > Date.now()) throw new Error("The ledger rests.");
  const head = await pool.query("select position from log_head").catch((error) => {
    globalThis.restsUntil = Date.now() + 20_000;
    throw error;
  });`,
      ),
    ],
  },
  "lets who is ahead wait": {
    changes: [change("apps/ledger/src/http/event-routes.ts", "  if (after <= end) return;", "  return;")],
  },
  "remembers the end of the lost log": {
    changes: [change("apps/ledger/src/log-head.ts", "      position = 0;\n", "")],
  },
  "audits no hash": {
    changes: [
      change(
        "apps/ledger/src/read/chain-check.ts",
        "  if (event && hashOf(row.previous_hash ?? new Uint8Array(), event).equals(event.hash)) return [];",
        "  if (event) return [];",
      ),
    ],
  },
  "audits no balance row": {
    changes: [
      change(
        "apps/ledger/src/read/balance-check.ts",
        "\n    or (b.on_hand, b.reserved) is distinct from (coalesce(place.last[2], 0), coalesce(place.last[3], 0))`",
        "`",
      ),
    ],
  },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof faults;
