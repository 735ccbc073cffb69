import { beforeAll, describe, expect, it } from "vitest";
import { createLedgerClient } from "../src/client/index.ts";
import { useService } from "./fixtures.ts";
import { asOperator, event, serviceToken } from "./service.ts";

const its = useService();

const otherHash = "00".repeat(32);

beforeAll(async () => {
  await its.ask("POST", "/v1/events", { events: [event({ quantity: 1 }), event({ quantity: 1 })] });
});

describe("a follower of a log that was restored from an older backup", () => {
  it("is told at once that the log ends before its position", async () => {
    const problem = { status: 409, body: { code: "position_ahead", end: 2 } };
    expect(await its.ask("GET", "/v1/events?after=3&wait_ms=10000")).toMatchObject(problem);
    const client = createLedgerClient({ url: its.url, token: serviceToken });
    await expect(client.events(3, { waitMs: 10_000 })).rejects.toMatchObject({ code: "position_ahead", status: 409 });
  });

  it("is told so on a stream too", async () => {
    const headers = { accept: "text/event-stream", ...asOperator, "last-event-id": "3" };
    const response = await fetch(`${its.url}/v1/events`, { headers });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: "position_ahead" });
  });

  it("is told so whether or not it knows the hash of its last event", async () => {
    const answer = await its.ask("GET", `/v1/events?after=3&hash=${otherHash}&wait_ms=10000`);
    expect(answer).toMatchObject({ status: 409, body: { code: "position_ahead", end: 2 } });
  });

  it("waits at the very end of the log as ever", async () => {
    expect(await its.ask("GET", "/v1/events?after=2")).toMatchObject({ status: 200, body: { events: [], next: 2 } });
  });
});

describe("a follower of a log that has grown past its position since it was restored", () => {
  const hashAt = async (position: number): Promise<string> =>
    (await its.ask("GET", `/v1/events?after=${position - 1}&limit=1`)).body.events[0].hash;

  it.each([1, 2])("is told by the hash of its last event that there is another one now (after %d)", async (after) => {
    const problem = { status: 409, body: { code: "log_differs", end: 2 } };
    expect(await its.ask("GET", `/v1/events?after=${after}&hash=${otherHash}&wait_ms=10000`)).toMatchObject(problem);
    const client = createLedgerClient({ url: its.url, token: serviceToken });
    const asked = client.events(after, { hash: otherHash, waitMs: 10_000 });
    await expect(asked).rejects.toMatchObject({ code: "log_differs", status: 409 });
  });

  it("is told so on a stream too, also when that goes on further down", async () => {
    const headers = { accept: "text/event-stream", ...asOperator, "last-event-id": "2" };
    const response = await fetch(`${its.url}/v1/events?after=1&hash=${otherHash}`, { headers });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: "log_differs" });
  });

  it("follows on when the hash is that of its last event, in the middle of the log and at its end", async () => {
    const client = createLedgerClient({ url: its.url, token: serviceToken });
    const { events } = await client.events(1, { hash: await hashAt(1) });
    expect(events).toMatchObject([{ position: 2 }]);
    expect(await client.events(2, { hash: await hashAt(2) })).toEqual({ events: [], next: 2 });
  });

  it.each([
    ["that is no hash", "after=1&hash=abc"],
    ["of no event", `hash=${otherHash}`],
  ])("is told what is wrong with a hash %s", async (_what, query) => {
    const answer = await its.ask("GET", `/v1/events?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request", errors: [{ field: "hash" }] } });
  });
});
