import { Problem, type HttpServer } from "@lastunit/config/http";
import { z } from "zod";
import { createToken, ensureMerchant, merchantExists } from "../merchants/tokens.ts";
import type { Parts } from "./parts.ts";
import { merchantId, newMerchant, newToken, token, tokenOwner } from "./schemas.ts";

/** Merchants and their tokens; for Lastunit's own parts and its command line. */
export function merchantRoutes(app: HttpServer, { auth, pool }: Parts): void {
  app.get(
    "/v1/token",
    { schema: { summary: "Whose token is this", response: { 200: tokenOwner } } },
    async (request) => {
      const who = await auth.caller(request);
      return { merchant_id: "merchantId" in who ? who.merchantId : null };
    },
  );

  app.post(
    "/v1/merchants",
    { schema: { summary: "Make a merchant (service token)", body: newMerchant, response: { 201: newMerchant } } },
    async (request, reply) => {
      await auth.service(request);
      await ensureMerchant(pool, request.body.merchant_id);
      return reply.code(201).send(request.body);
    },
  );

  app.post(
    "/v1/merchants/:merchant_id/tokens",
    {
      schema: {
        summary: "Make a token for a merchant (service token)",
        description: "The answer is the only time the token can be read.",
        params: z.object({ merchant_id: merchantId }),
        body: newToken,
        response: { 201: token },
      },
    },
    async (request, reply) => {
      await auth.service(request);
      const { merchant_id } = request.params;
      if (!(await merchantExists(pool, merchant_id))) {
        throw new Problem(404, "unknown_merchant", `There is no merchant ${merchant_id}.`);
      }
      return reply.code(201).send({ merchant_id, token: await createToken(pool, merchant_id, request.body.label) });
    },
  );
}
