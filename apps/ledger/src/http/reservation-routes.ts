import { Problem, sendProblem, type HttpServer } from "@lastunit/config/http";
import { z } from "zod";
import { changeReservation, type ReservationOutcome } from "../commit/work.ts";
import { refusals, type Refusal } from "../domain/refusal.ts";
import { idempotencyKey } from "./idempotency-key.ts";
import type { Parts } from "./parts.ts";
import { commitBody, id, newReservation, reservation } from "./schemas.ts";
import { refusalView, reservationView } from "./views.ts";

const idParam = z.object({ id });

/** `POST /v1/reservations`, commit and release. */
export function reservationRoutes(app: HttpServer, { auth, commit }: Parts): void {
  app.post(
    "/v1/reservations",
    {
      schema: {
        summary: "Reserve units for a checkout",
        description:
          "All lines or none. 201 when held; a repeat answers 200 with the same reservation; 409 insufficient_stock names each short line, idempotency_conflict the fields in which a repeat differs. The Idempotency-Key header stands in for a reservation_id that is left out.",
        body: newReservation,
        response: { 200: reservation, 201: reservation },
      },
    },
    async (request, reply) => {
      const merchantId = await auth.merchant(request);
      const { body } = request;
      const reservationId = body.reservation_id ?? idempotencyKey(request) ?? unnamed();
      const outcome = await commit.submit(
        changeReservation({
          type: "Reserve",
          merchantId,
          reservationId,
          lines: body.lines.map((line) => ({ sku: line.sku, locationId: line.location_id, quantity: line.quantity })),
          ttlMs: Math.round(body.ttl_seconds * 1_000),
          orderId: body.order_id ?? null,
          source: body.source,
        }),
      );
      if (outcome.status === "refused") return sendProblem(reply, refusalProblem(outcome.refusal));
      return reply.code(outcome.isNew ? 201 : 200).send(reservationView(reservationId, outcome));
    },
  );

  app.post(
    "/v1/reservations/:id/commit",
    {
      schema: {
        summary: "Turn a reservation into a sale",
        params: idParam,
        body: commitBody,
        response: { 200: reservation },
      },
    },
    async (request) => {
      const merchantId = await auth.merchant(request);
      const { id } = request.params;
      const orderId = request.body?.order_id ?? null;
      const outcome = await commit.submit(
        changeReservation({ type: "Commit", merchantId, reservationId: id, orderId }),
      );
      return reservationView(id, accepted(outcome));
    },
  );

  app.delete(
    "/v1/reservations/:id",
    { schema: { summary: "Release a reservation", params: idParam, response: { 200: reservation } } },
    async (request) => {
      const merchantId = await auth.merchant(request);
      const { id } = request.params;
      const outcome = await commit.submit(changeReservation({ type: "Release", merchantId, reservationId: id }));
      return reservationView(id, accepted(outcome));
    },
  );
}

function unnamed(): never {
  const message = "is needed, or the Idempotency-Key header in its place";
  throw new Problem(400, "invalid_request", `reservation_id: ${message}`, {
    extra: { errors: [{ field: "reservation_id", message }] },
  });
}

function accepted(outcome: ReservationOutcome): Extract<ReservationOutcome, { status: "done" }> {
  if (outcome.status === "done") return outcome;
  throw refusalProblem(outcome.refusal);
}

function refusalProblem(refusal: Refusal): Problem {
  const { code, message, ...facts } = refusalView(refusal);
  return new Problem(refusals[code].http, code, message, { extra: facts });
}
