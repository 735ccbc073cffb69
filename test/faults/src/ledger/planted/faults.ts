/** A mistake somebody could make in the ledger. */
export interface Fault {
  /** Ends the path of the source file. */
  readonly file: string;
  /** What stands there once, and what it becomes. */
  readonly piece: string;
  readonly instead: string;
  /**
   * What in the database would stop the mistake too, taken away: the checks must find it without that. Nothing where the
   * mistake shows all the same.
   */
  readonly constraint?: { readonly table: string; readonly name: string };
}

/** The mistakes that the checks must find, by name. */
export const faults = {
  "skips the lock": {
    file: "apps/ledger/src/commit/load.ts",
    piece: "from (select * from log_head for update) locked`",
    instead: "from (select * from log_head) locked`",
  },
  "skips the lock, and nothing keeps positions apart": {
    file: "apps/ledger/src/commit/load.ts",
    piece: "from (select * from log_head for update) locked`",
    instead: "from (select * from log_head) locked`",
    constraint: { table: "event", name: "event_pkey" },
  },
  "acknowledges before the commit": {
    file: "apps/ledger/src/commit/group-commit.ts",
    piece: "      await commitBooks(writer, books);",
    instead: `      answer();
      await commitBooks(writer, books);`,
  },
  "forgets the merchant in the log": {
    file: "apps/ledger/src/read/events.ts",
    piece: "and merchant_id = $3 order by",
    instead: "and $3::text is not null order by",
  },
  "forgets the merchant in the stock": {
    file: "apps/ledger/src/read/stock.ts",
    piece: "b.merchant_id = $1 and",
    instead: "$1::text is not null and",
  },
  "applies a repeat again": {
    file: "apps/ledger/src/domain/decide-event.ts",
    piece: "if (known) return repeated(command, known);",
    instead: "void known;",
  },
  "applies a repeat again, and nothing keeps event ids apart": {
    file: "apps/ledger/src/domain/decide-event.ts",
    piece: "if (known) return repeated(command, known);",
    instead: "void known;",
    constraint: { table: "event", name: "event_once" },
  },
  "reads followers' pages twice": {
    file: "apps/ledger/src/http/stream.ts",
    piece: "      after = page.next;",
    instead: "      after = Math.max(after, page.next - 1);",
  },
  "tells nobody of a commit": {
    file: "apps/ledger/src/log-head.ts",
    piece: '    emitter.emit("advanced");',
    instead: "",
  },
  "forgets who can't keep up": {
    file: "apps/ledger/src/http/stream.ts",
    piece: 'if (!raw.write(text)) await once(raw, "drain", { signal: over });',
    instead: "raw.write(text);",
  },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof faults;
