import { createLogger } from "@lastunit/config";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  call,
  channelErrorOf,
  credentials,
  data,
  graphqlError,
  json,
  lastPage,
  listing,
  onGraphql,
  openSession,
  tokenEndpoint,
  useNock,
} from "./testing/harness.ts";

useNock();
afterEach(() => void vi.restoreAllMocks());

const secrets = ["shpat_", "shprt_", credentials.clientSecret];
const refreshing = { ...credentials, refreshToken: "shprt_one" };

/** A session whose every log line, of whatever level, is kept, with all that is written to the console. */
function openLogged() {
  const written: unknown[] = [];
  const printed: unknown[] = [];
  const log = createLogger({ level: "silent", name: "test" });
  for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) {
    vi.spyOn(log, level).mockImplementation((...entry: unknown[]) => void written.push(entry));
  }
  for (const method of ["debug", "log", "info", "warn", "error", "trace"] as const) {
    vi.spyOn(console, method).mockImplementation((...line: unknown[]) => void printed.push(line));
  }
  const { session } = openSession({ credentials: refreshing, log });
  return { session, written, printed, call: () => ({ ...call(), log }) };
}

describe("the log", () => {
  it("holds no token or secret, and the client library prints nothing, whatever Shopify answers", async () => {
    const { session, written, printed, call: logged } = openLogged();
    const quoting = `Access denied for token ${credentials.accessToken}`;
    onGraphql("locations(").reply(200, { data: { locations: { nodes: [], pageInfo: lastPage } } }, json);
    await session.locations(logged());

    onGraphql("nodes(").reply(
      200,
      { data: { nodes: [] } },
      { ...json, "x-shopify-api-deprecated-reason": "QueryRoot.nodes", "x-shopify-api-version": "2027-01" },
    );
    await session.readInventory([listing("1")], logged());

    for (const code of ["ACCESS_DENIED", "THROTTLED", "unknown"]) {
      onGraphql("nodes(").reply(...graphqlError(code, quoting));
      await channelErrorOf(session.readInventory([listing("1")], logged()));
    }
    onGraphql("nodes(").reply(503, quoting);
    await channelErrorOf(session.readInventory([listing("1")], logged()));
    onGraphql("inventorySetQuantities").reply(
      ...data({
        inventorySetQuantities: {
          inventoryAdjustmentGroup: null,
          userErrors: [{ code: "CHANGE_FROM_QUANTITY_STALE", field: ["quantities", "0"], message: quoting }],
        },
      }),
    );
    onGraphql("nodes(").reply(...graphqlError("INTERNAL_SERVER_ERROR", quoting));
    await session.pushInventory([{ listing: listing("1"), quantity: 1, expected: 2, position: 1 }], logged());

    onGraphql("locations(").reply(401, { errors: quoting }, json);
    const error_description = "The refresh token shprt_one is not active";
    tokenEndpoint().reply(400, { error: "invalid_grant", error_description }, json);
    const refused = await channelErrorOf(session.locations(logged()));
    expect(refused.message).toBe("Shopify refused the credentials: The refresh token [secret] is not active");

    expect(printed).toEqual([]);
    expect(written.length).toBeGreaterThan(8);
    const lines = JSON.stringify(written);
    expect(secrets.filter((secret) => lines.includes(secret))).toEqual([]);
  });
});
