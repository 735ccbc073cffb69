import { timingSafeEqual } from "node:crypto";
import { remember } from "@lastunit/config";
import { Problem } from "@lastunit/config/http";
import type { FastifyRequest } from "fastify";
import type pg from "pg";
import { findTokenOwner, hashToken, merchantExists } from "../merchants/tokens.ts";

/** Who asks: a merchant, or a part of Lastunit that sees all merchants. */
export type Caller = { readonly merchantId: string } | { readonly service: true };

/** The header by which a caller with a service token says which merchant it acts for. */
export const MERCHANT_HEADER = "lastunit-merchant";

export interface Auth {
  /** @throws {Problem} 401 without a valid token. */
  caller(request: FastifyRequest): Promise<Caller>;
  /** The merchant a request is about. @throws {Problem} 401; 400/404 when a service token names no or an unknown one. */
  merchant(request: FastifyRequest): Promise<string>;
  /** @throws {Problem} 401, or 403 for a merchant's token. */
  service(request: FastifyRequest): Promise<void>;
}

/** How long an answer about a token or merchant is trusted: a revoked token works at most this much longer. */
const TRUST_MS = 10_000;

export function createAuth(pool: pg.Pool, serviceToken: string | undefined): Auth {
  const serviceHash = serviceToken === undefined ? undefined : hashToken(serviceToken);
  const callers = remember(async (token): Promise<Caller | undefined> => {
    if (serviceHash && timingSafeEqual(hashToken(token), serviceHash)) return { service: true };
    const merchantId = await findTokenOwner(pool, token);
    return merchantId === undefined ? undefined : { merchantId };
  }, TRUST_MS);
  const known = remember(
    async (merchantId) => ((await merchantExists(pool, merchantId)) ? merchantId : undefined),
    TRUST_MS,
  );

  async function caller(request: FastifyRequest): Promise<Caller> {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (token === undefined) {
      throw new Problem(401, "unauthorized", "Send a token: Authorization: Bearer <token>.");
    }
    const known = await callers(token);
    if (known === undefined) throw new Problem(401, "unauthorized", "This token is unknown or was revoked.");
    return known;
  }

  return {
    caller,
    async merchant(request) {
      const who = await caller(request);
      if ("merchantId" in who) return who.merchantId;
      const named = request.headers[MERCHANT_HEADER];
      if (typeof named !== "string") {
        throw new Problem(
          400,
          "merchant_required",
          `A service token must name the merchant: ${MERCHANT_HEADER}: <merchant>.`,
        );
      }
      if ((await known(named)) === undefined)
        throw new Problem(404, "unknown_merchant", `There is no merchant ${named}.`);
      return named;
    },
    async service(request) {
      if (!("service" in (await caller(request)))) {
        throw new Problem(403, "forbidden", "Only a service token may do this.");
      }
    },
  };
}
