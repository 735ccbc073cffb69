import { Problem, type HttpServer } from "@lastunit/config/http";
import { z } from "zod";
import {
  createToken,
  ensureMerchant,
  listTokens,
  merchantExists,
  revokeToken,
  type TokenEntry,
} from "../merchants/tokens.ts";
import type { Parts } from "./parts.ts";
import { merchantId, newMerchant, newToken, token, tokenEntries, tokenEntry, tokenOwner } from "./schemas.ts";

const merchantPath = z.object({ merchant_id: merchantId });

/** Merchants and their tokens; for Lastunit's own parts and its command line. */
export function merchantRoutes(app: HttpServer, { auth, pool }: Parts): void {
  async function requireMerchant(merchant_id: string): Promise<void> {
    if (await merchantExists(pool, merchant_id)) return;
    throw new Problem(404, "unknown_merchant", `There is no merchant ${merchant_id}.`);
  }

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
        params: merchantPath,
        body: newToken,
        response: { 201: token },
      },
    },
    async (request, reply) => {
      await auth.service(request);
      const { merchant_id } = request.params;
      await requireMerchant(merchant_id);
      return reply.code(201).send({ merchant_id, token: await createToken(pool, merchant_id, request.body.label) });
    },
  );

  app.get(
    "/v1/merchants/:merchant_id/tokens",
    {
      schema: {
        summary: "A merchant's tokens, also the revoked ones (service token)",
        params: merchantPath,
        response: { 200: tokenEntries },
      },
    },
    async (request) => {
      await auth.service(request);
      const { merchant_id } = request.params;
      await requireMerchant(merchant_id);
      return { tokens: (await listTokens(pool, merchant_id)).map(told) };
    },
  );

  app.delete(
    "/v1/merchants/:merchant_id/tokens/:token_id",
    {
      schema: {
        summary: "Revoke a merchant's token (service token)",
        description: "For good; a repeat changes nothing. The token still works for 10 seconds at most.",
        params: merchantPath.extend({ token_id: z.string() }),
        response: { 200: tokenEntry },
      },
    },
    async (request) => {
      await auth.service(request);
      const { merchant_id, token_id } = request.params;
      const revoked = await revokeToken(pool, merchant_id, token_id);
      if (revoked) return told(revoked);
      throw new Problem(404, "unknown_token", `Merchant ${merchant_id} has no token ${token_id}.`);
    },
  );
}

function told({ tokenId, label, createdAt, revokedAt }: TokenEntry): z.infer<typeof tokenEntry> {
  return {
    token_id: tokenId,
    label,
    created_at: createdAt.toISOString(),
    revoked_at: revokedAt?.toISOString() ?? null,
  };
}
