import { Problem, type HttpServer } from "@lastunit/config/http";
import { listOversellCases, resolveOversellCase } from "@lastunit/store";
import { z } from "zod";
import type { Callers } from "../access/callers.ts";
import type { GatewayParts } from "../options.ts";

const time = z.iso.datetime();

const oversellCases = z.object({
  oversell_cases: z.array(
    z.object({
      /** The ledger position of the sale; names the case. */
      position: z.int(),
      merchant_id: z.string(),
      sku: z.string(),
      location_id: z.string(),
      event_id: z.string(),
      order_id: z.string().nullable(),
      source: z.string(),
      /** Units of this sale, and units short after it. */
      quantity: z.int(),
      short: z.int(),
      /** The sale on the channel; when the ledger recorded it; when the hub saw it. */
      sold_at: time,
      recorded_at: time,
      seen_at: time,
      resolved_at: time.nullable(),
    }),
  ),
});

const casesQuery = z.object({
  open: z.stringbool().default(true),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

const casePath = z.object({ position: z.coerce.number().int().min(1) });

/** Sales the ledger had to record although the units were not there: the merchant finds a unit or tells the buyer. */
export function oversellRoutes(app: HttpServer, { store }: GatewayParts, callers: Callers): void {
  app.get(
    "/v1/oversell-cases",
    {
      schema: {
        summary: "Sales on channels that found no unit left",
        description: "The newest first; with open=false also those resolved already.",
        querystring: casesQuery,
        response: { 200: oversellCases },
      },
    },
    async (request) => {
      const { open, limit } = request.query;
      const cases = await listOversellCases(store, await callers.scope(request), { onlyOpen: open, limit });
      return {
        oversell_cases: cases.map((one) => ({
          position: one.position,
          merchant_id: one.merchantId,
          sku: one.sku,
          location_id: one.locationId,
          event_id: one.eventId,
          order_id: one.orderId,
          source: one.source,
          quantity: one.quantity,
          short: one.short,
          sold_at: one.soldAt.toISOString(),
          recorded_at: one.recordedAt.toISOString(),
          seen_at: one.seenAt.toISOString(),
          resolved_at: one.resolvedAt?.toISOString() ?? null,
        })),
      };
    },
  );

  app.post(
    "/v1/oversell-cases/:position/resolve",
    { schema: { summary: "Tell that a case was dealt with; a repeat changes nothing", params: casePath } },
    async (request, reply) => {
      const merchantId = await callers.merchant(request);
      if (await resolveOversellCase(store, merchantId, request.params.position)) return reply.code(204).send();
      throw new Problem(
        404,
        "unknown_oversell_case",
        `There is no oversell case at position ${request.params.position}.`,
      );
    },
  );
}
