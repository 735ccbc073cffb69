import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useLedgerDatabase } from "../../test/fixtures.ts";
import { askPrepared } from "./prepared.ts";

const its = useLedgerDatabase();
let client: pg.Client;

beforeAll(async () => {
  client = new pg.Client({ connectionString: its.connectionString });
  await client.connect();
});
afterAll(() => client.end());

describe("a prepared statement", () => {
  it("lets go of what was sent once it is answered: it was kept until the next full collection", async () => {
    const values = [Buffer.from("sent"), 3];
    const rows = await askPrepared(
      client,
      { name: "join", text: "select convert_from($1::bytea, 'utf8') || $2::int as text" },
      values,
    );
    expect({ rows, values }).toEqual({ rows: [{ text: "sent3" }], values: [] });
  });

  it("lets go of it as well when the statement fails", async () => {
    const values = [0];
    await expect(askPrepared(client, { name: "divide", text: "select 1 / $1::int" }, values)).rejects.toThrow(
      "division by zero",
    );
    expect(values).toEqual([]);
  });
});
