import type pg from "pg";

/** Rows read at a time: working through them keeps the process from answering others for a few milliseconds. */
const PAGE = 500;

let cursors = 0;

/**
 * The rows of a query, some at a time, within the client's open transaction and as of now: however many there are, this
 * process holds two pages of them, and reads the next while the caller works on one.
 */
export async function* pagesOf<Row extends pg.QueryResultRow>(
  client: pg.ClientBase,
  query: { readonly text: string; readonly values: readonly unknown[] },
): AsyncGenerator<Row[]> {
  cursors += 1;
  const cursor = `pages_${cursors}`;
  // All rows are wanted, so the plan must not be one that is quick to give the first.
  await client.query("set local cursor_tuple_fraction = 1");
  await client.query(`declare ${cursor} no scroll cursor for ${query.text}`, [...query.values]);
  const fetchPage = () => client.query<Row>(`fetch ${PAGE} from ${cursor}`);
  let next = fetchPage();
  try {
    for (;;) {
      const { rows } = await next;
      if (rows.length === 0) return;
      next = fetchPage();
      yield rows;
    }
  } finally {
    // The caller may leave in the middle, or the page read ahead fail after it left.
    await next.catch(() => undefined);
    await client.query(`close ${cursor}`).catch(() => undefined);
  }
}
