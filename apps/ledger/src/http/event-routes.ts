import type { HttpServer } from "@lastunit/config/http";
import { Problem, type FieldError } from "@lastunit/config/http";
import type { z } from "zod";
import { recordEvents } from "../commit/work.ts";
import type { RecordEvent } from "../domain/commands.ts";
import { hashAt, headPosition, readLog, type LogSource } from "../read/events.ts";
import { idempotencyKey } from "./idempotency-key.ts";
import type { Parts } from "./parts.ts";
import { eventResults, log, logQuery, newEvent, newEvents, newEventsDocumented, type NewEvent } from "./schemas.ts";
import { streamLog } from "./stream.ts";
import { eventResultView, eventView } from "./views.ts";

/** `POST /v1/events` and `GET /v1/events`. */
export function eventRoutes(app: HttpServer, { auth, commit, pool, head, stopping, log: logger }: Parts): void {
  app.post(
    "/v1/events",
    {
      schema: {
        summary: "Record what happened",
        description:
          "Up to 1,000 events, in order. Each stands alone: one that is refused or invalid leaves the others unaffected. 400 when none is valid. With an Idempotency-Key header, the nth event may leave out its event_id, which is then <key>:<n>.",
        body: newEventsDocumented,
        response: { 200: eventResults },
      },
      // The envelope alone: a body with one invalid event must not be turned away whole.
      validatorCompiler: () => (body) => {
        const parsed = newEvents.safeParse(body);
        return parsed.success ? { value: parsed.data } : { error: invalid(parsed.error, []) };
      },
    },
    async (request) => {
      const merchantId = await auth.merchant(request);
      const key = idempotencyKey(request);
      const read = request.body.events.map((event: unknown, index) => {
        return readEvent(key === undefined ? event : named(event, `${key}:${index + 1}`), index, merchantId);
      });
      const commands = read.flatMap((one) => ("command" in one ? [one.command] : []));
      const errors = read.flatMap((one) => ("errors" in one ? one.errors : []));
      if (commands.length === 0) throw invalidRequest(errors);

      const outcomes = (await commit.submit(recordEvents(commands))).values();
      return {
        results: read.map((one) => {
          if ("command" in one) return eventResultView(one.command.eventId, outcomes.next().value ?? never());
          const [first] = one.errors;
          const told = first && { field: first.field, message: first.message };
          return { event_id: one.eventId, status: "refused" as const, code: "invalid_event", ...told };
        }),
      };
    },
  );

  app.get(
    "/v1/events",
    {
      schema: {
        summary: "Follow the log",
        description:
          "Events after a position, oldest first; waits up to wait_ms for one. With Accept: text/event-stream, a live stream that honours Last-Event-ID. A service token sees all merchants. 409 position_ahead when the log ends before that position. With the hash of the event at that position, 409 log_differs when another event is there now: the log was restored from an older backup, and what follows is not what the follower has not seen.",
        querystring: logQuery,
        response: { 200: log },
      },
    },
    async (request, reply) => {
      const who = await auth.caller(request);
      const merchantId = "merchantId" in who ? who.merchantId : null;
      const { after, hash, limit, wait_ms: waitMs } = request.query;
      if (hash !== undefined) await refuseOtherLog({ pool, head }, after, hash);
      if (request.headers.accept?.includes("text/event-stream")) {
        const last = Number(request.headers["last-event-id"] ?? after);
        if (!Number.isSafeInteger(last) || last < 0) {
          throw new Problem(400, "invalid_request", "Last-Event-ID: must be a position of the log");
        }
        await refuseAhead(pool, last);
        reply.hijack();
        await streamLog({ reply, pool, head, merchantId, after: last, stopping, log: logger });
        return reply;
      }
      const deadline = Date.now() + waitMs;
      let page = await readLog({ pool, head }, { merchantId, after, limit });
      if (page.events.length === 0) await refuseAhead(pool, after);
      while (page.events.length === 0 && Date.now() < deadline && !stopping.aborted) {
        await head.waitBeyond(page.next, deadline - Date.now(), stopping);
        page = await readLog({ pool, head }, { merchantId, after: page.next, limit });
      }
      return { events: page.events.map(eventView), next: page.next };
    },
  );
}

/**
 * A follower that is ahead has followed another log, or this one before it was restored from an older backup. Were it
 * left to wait, it would pass over the events that take the positions it has seen.
 */
async function refuseAhead(pool: Parts["pool"], after: number): Promise<void> {
  const end = await headPosition(pool);
  if (after <= end) return;
  throw new Problem(
    409,
    "position_ahead",
    `The log ends at position ${end}, before ${after}: it is not the log that was followed to there.`,
    { extra: { end } },
  );
}

/** By its hash, one event tells whether all up to it are those that were followed. */
async function refuseOtherLog(source: LogSource, after: number, hash: string): Promise<void> {
  if ((await hashAt(source, after)) === hash) return;
  await refuseAhead(source.pool, after);
  throw new Problem(
    409,
    "log_differs",
    `At position ${after} is not the event that was followed there: it is another log, or was restored from a backup.`,
    { extra: { end: await headPosition(source.pool) } },
  );
}

/** The event under this id, unless it has one of its own. */
function named(event: unknown, eventId: string): unknown {
  return typeof event === "object" && event !== null ? { event_id: eventId, ...event } : event;
}

type ReadEvent =
  | { readonly command: RecordEvent }
  | { readonly eventId: string; readonly errors: readonly FieldError[] };

function readEvent(event: unknown, index: number, merchantId: string): ReadEvent {
  const parsed = newEvent.safeParse(event);
  if (parsed.success) return { command: commandOf(parsed.data, merchantId) };
  const eventId = typeof event === "object" && event !== null && "event_id" in event ? String(event.event_id) : "";
  return { eventId: eventId.slice(0, 255), errors: fieldErrors(parsed.error, ["events", index]) };
}

function commandOf(event: NewEvent, merchantId: string): RecordEvent {
  return {
    type: "RecordEvent",
    merchantId,
    eventId: event.event_id,
    eventType: event.event_type,
    sku: event.sku,
    locationId: event.location_id,
    toLocationId: "to_location_id" in event ? event.to_location_id : null,
    quantity: event.quantity ?? null,
    setOnHand: "set_on_hand" in event ? (event.set_on_hand ?? null) : null,
    reservationId: "reservation_id" in event ? (event.reservation_id ?? null) : null,
    orderId: event.order_id ?? null,
    reason: event.reason ?? null,
    source: event.source,
    occurredAt: Date.parse(event.timestamp),
    policy: event.policy,
  };
}

function fieldErrors(error: z.ZodError, root: readonly (string | number)[]): FieldError[] {
  return error.issues.map((issue) => ({ field: [...root, ...issue.path].join("."), message: issue.message }));
}

function invalid(error: z.ZodError, root: readonly string[]): Problem {
  return invalidRequest(fieldErrors(error, root));
}

function invalidRequest(errors: readonly FieldError[]): Problem {
  const [first] = errors;
  return new Problem(
    400,
    "invalid_request",
    first ? `${first.field || "body"}: ${first.message}` : "The body is not valid.",
    {
      extra: { errors },
    },
  );
}

function never(): never {
  throw new Error("fewer outcomes than commands");
}
