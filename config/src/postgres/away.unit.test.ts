import pg from "pg";
import { describe, expect, it } from "vitest";
import { isDatabaseAway } from "./away.ts";

function databaseError(code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError("test", 4, "error"), { code });
}

describe("the database counts as away", () => {
  it.each([
    ["it can't be connected to", Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })],
    ["it is just starting or stopping", databaseError("57P03")],
    ["it has no connection left", databaseError("53300")],
    ["it can only be read, as a standby (500 was answered)", databaseError("25006")],
    ["a lock was not free in time (500 was answered)", databaseError("55P03")],
    ["the connection broke", new Error("Connection terminated unexpectedly")],
    ["no connection became free in time", new Error("timeout exceeded when trying to connect")],
    ["it took the connection and said nothing", new Error("timeout expired")],
    ["it did not answer a query in time (500 was answered)", new Error("Query read timeout")],
  ])("when %s", (_when, error) => {
    expect(isDatabaseAway(error)).toBe(true);
  });

  it.each([
    ["a constraint was broken", databaseError("23505")],
    ["the query is wrong", databaseError("42601")],
    ["something else failed", new Error("fewer outcomes than commands")],
    ["no error was thrown", "Query read timeout"],
  ])("not when %s", (_when, error) => {
    expect(isDatabaseAway(error)).toBe(false);
  });
});
