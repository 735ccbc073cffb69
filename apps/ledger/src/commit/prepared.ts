import type pg from "pg";

/** A statement that is planned once for each connection, under its name. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
}

/**
 * Asks a prepared statement.
 *
 * @param values are gone afterwards: `pg` leaves the array to be found by the next full collection only, and with it all
 *   that was sent, some 90 kB a batch, whose sum brought on such a collection twice a second (docs/benchmarks.md).
 */
export async function askPrepared<Row extends pg.QueryResultRow>(
  client: pg.Client,
  { name, text }: Prepared,
  values: unknown[],
): Promise<Row[]> {
  try {
    return (await client.query<Row>({ name, text, values })).rows;
  } finally {
    values.length = 0;
  }
}
