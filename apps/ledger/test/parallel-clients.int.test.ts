import type { Follower } from "@lastunit/test-support";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LogEvent } from "../src/http/schemas.ts";
import { useService } from "./fixtures.ts";
import { followByPolling, followByStream } from "./followers.ts";
import { histories, seed } from "./seed.ts";
import { call, event, logAfter, type Answer } from "./service.ts";

const its = useService();

let urls: readonly [string, string];
let followers: readonly [Follower<LogEvent>, Follower<LogEvent>];

beforeAll(async () => {
  urls = [its.url, (await its.another()).url];
  followers = [followByStream(urls[0]), followByPolling(urls[1])];
});
afterAll(async () => {
  await Promise.all(followers.map((follower) => follower.stop()));
});

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

const sku = fc.constantFrom("A", "B", "C");
const location_id = fc.constantFrom("WH1", "WH2");
const quantity = fc.integer({ min: 1, max: 3 });
const id = fc.integer({ min: 1, max: 15 });

const LONG_RUN_MS = 3_600_000;
/** Holds outlast it: what the log has of a run are the answers to it. */
const ttl_seconds = 86_400;

/** Ids are few, so that clients repeat and contradict each other. `run` keeps the runs apart. */
function requestOf(run: number): fc.Arbitrary<Request> {
  const reservationId = id.map((n) => `run-${run}-r${n}`);
  const told = fc
    .record({
      event_id: fc.integer({ min: 1, max: 400 }).map((n) => `run-${run}-e${n}`),
      event_type: fc.constantFrom("receiving", "sale", "return", "adjustment").map((type) => `inventory.${type}`),
      sku,
      location_id,
      quantity,
      policy: fc.constantFrom("record", "enforce"),
    })
    .map(event);
  const moved = fc
    .record({ event_id: id.map((n) => `run-${run}-t${n}`), sku, quantity })
    .map((more) => event({ ...more, event_type: "inventory.transfer", to_location_id: "WH2" }));
  const sold = fc
    .record({ event_id: id.map((n) => `run-${run}-s${n}`), sku, location_id, quantity, reservation_id: reservationId })
    .map((more) => event({ ...more, event_type: "inventory.sale" }));
  const events = fc
    .array(fc.oneof({ weight: 3, arbitrary: told }, moved, sold), { minLength: 1, maxLength: 5 })
    .map((all) => ({ method: "POST", path: "/v1/events", body: { events: all } }));
  const reserve = fc
    .record({
      reservation_id: reservationId,
      lines: fc.array(fc.record({ sku, location_id, quantity }), { minLength: 1, maxLength: 2 }),
    })
    .map((body) => ({ method: "POST", path: "/v1/reservations", body: { ...body, ttl_seconds } }));
  const commit = reservationId.map((r) => ({ method: "POST", path: `/v1/reservations/${r}/commit`, body: {} }));
  const release = reservationId.map((r) => ({ method: "DELETE", path: `/v1/reservations/${r}` }));
  return fc.oneof({ weight: 4, arbitrary: events }, { weight: 3, arbitrary: reserve }, commit, release);
}

const clients = (run: number) =>
  fc.array(fc.array(requestOf(run), { minLength: 15, maxLength: 25 }), { minLength: 6, maxLength: 6 });

/** Each client sends its requests one after the other; the clients at once, half of them to either process. */
async function send(all: readonly (readonly Request[])[]): Promise<Answered[]> {
  const answered = await Promise.all(
    all.map(async (requests, client) => {
      const url = urls[client % 2 === 0 ? 0 : 1];
      const answers: Answered[] = [];
      for (const request of requests) {
        answers.push({ request, answer: await call(url, request.method, request.path, request.body) });
      }
      return answers;
    }),
  );
  return answered.flat();
}

interface Answered {
  readonly request: Request;
  readonly answer: Answer;
}

/** Every acknowledged event, as (event id, position, balance after); the answers to a repeat repeat the first one. */
function acknowledged(answered: readonly Answered[]): [string, unknown][] {
  return answered
    .filter(({ request }) => request.path === "/v1/events")
    .flatMap(({ answer }) => answer.body.results)
    .filter((result) => result.status !== "refused")
    .map(({ status: _status, ...told }) => [told.event_id, told]);
}

function asAnswered({ event_id, position, on_hand, reserved, available }: LogEvent) {
  return { event_id, position, on_hand, reserved, available };
}

/** Ids of the reservations that some answer called by this state. */
function reservationsIn(state: string, answered: readonly Answered[]): string[] {
  return answered
    .map(({ answer }) => answer.body)
    .flatMap((body) => (body.state === state ? [body.reservation_id] : []));
}

/** What was told stands in the log as it was answered, and nothing else does; so do the reservations. */
function expectAnswersInLog(answered: readonly Answered[], log: readonly LogEvent[]): void {
  const told = new Map(acknowledged(answered));
  const recorded = log.filter((one) => !one.event_id.startsWith("reservation:"));
  expect(new Map(recorded.map((one) => [one.event_id, asAnswered(one)]))).toEqual(told);
  for (const [eventId, again] of acknowledged(answered)) expect(again).toEqual(told.get(eventId));
  const named = (type: string) =>
    new Set(log.filter((one) => one.event_type === type).map((one) => one.reservation_id));
  for (const reservationId of reservationsIn("held", answered))
    expect(named("inventory.reserve")).toContain(reservationId);
  for (const reservationId of reservationsIn("committed", answered))
    expect(named("inventory.sale")).toContain(reservationId);
  for (const reservationId of reservationsIn("released", answered))
    expect(named("inventory.release")).toContain(reservationId);
}

describe("whatever six clients of two ledger processes ask for at once", { timeout: LONG_RUN_MS }, () => {
  it("answers agree with the log, the log with the balances, and every follower with the log", async () => {
    let run = 0;
    let end = 0;
    const property = fc.asyncProperty(
      fc.constant(undefined).chain(() => clients((run += 1))),
      async (all) => {
        const answered = await send(all);
        for (const { answer } of answered) expect([200, 201, 404, 409]).toContain(answer.status);

        const start = end;
        const log = await logAfter(urls[0], start);
        end = start + log.length;
        expect(log.map((one) => one.position)).toEqual(log.map((_, index) => start + index + 1));
        expect(new Set(log.map((one) => one.event_id)).size).toBe(log.length);
        expectAnswersInLog(answered, log);

        const { body: report } = await call(urls[1], "POST", "/v1/audit");
        expect(report).toMatchObject({ events: end, mismatches: [] });

        for (const follower of followers) {
          await follower.reaches(end);
          expect(follower.events.slice(start)).toEqual(log);
        }
      },
    );
    // A race does not repeat, so a failure is not shrunk.
    await fc.assert(property, { seed, numRuns: histories(4), endOnFailure: true });
  });
});
