import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLedgerClient } from "../src/client/index.ts";
import { call, event, serviceToken, startTestLedger, type TestLedger } from "./service.ts";

let service: TestLedger;
let url: string;

beforeAll(async () => {
  service = await startTestLedger();
  url = service.ledger.url;
  await call(url, "POST", "/v1/events", { events: [event({ quantity: 1 }), event({ quantity: 1 })] });
});
afterAll(() => service.stop());

describe("a follower of a log that was restored from an older backup", () => {
  it("is told at once that the log ends before its position", async () => {
    const problem = { status: 409, body: { code: "position_ahead", end: 2 } };
    expect(await call(url, "GET", "/v1/events?after=3&wait_ms=10000")).toMatchObject(problem);
    const client = createLedgerClient({ url, token: serviceToken });
    await expect(client.events(3, { waitMs: 10_000 })).rejects.toMatchObject({ code: "position_ahead", status: 409 });
  });

  it("is told so on a stream too", async () => {
    const headers = { accept: "text/event-stream", authorization: `Bearer ${serviceToken}`, "last-event-id": "3" };
    const response = await fetch(`${url}/v1/events`, { headers });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: "position_ahead" });
  });

  it("waits at the very end of the log as ever", async () => {
    expect(await call(url, "GET", "/v1/events?after=2")).toMatchObject({ status: 200, body: { events: [], next: 2 } });
  });
});
