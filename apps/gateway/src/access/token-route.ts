import type { HttpServer } from "@lastunit/config/http";
import { z } from "zod";
import type { Callers } from "./callers.ts";

/** Null for an operator. */
const owner = z.object({ merchant_id: z.string().nullable() });

/** Tells the console whom it serves. */
export function tokenRoute(app: HttpServer, callers: Callers): void {
  app.get(
    "/v1/token",
    { schema: { summary: "Whose token or session is this", response: { 200: owner } } },
    async (request) => {
      const caller = await callers.caller(request);
      return { merchant_id: "merchantId" in caller ? caller.merchantId : null };
    },
  );
}
