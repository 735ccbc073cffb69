import { Problem } from "@lastunit/config/http";
import type { LedgerClient } from "@lastunit/ledger/client";
import type { FastifyRequest } from "fastify";
import { readSession } from "./session.ts";

/** Who asks: a merchant, or an operator (the service token), who sees all merchants. */
export type Caller = { readonly merchantId: string } | { readonly operator: true };

/** The header by which an operator says which merchant it acts for. */
const MERCHANT_HEADER = "lastunit-merchant";

/** How long the ledger's word on a token is trusted. */
const TRUST_MS = 10_000;
const REMEMBERED = 10_000;

export interface Callers {
  /** By bearer token or session cookie. @throws {Problem} 401 */
  caller(request: FastifyRequest): Promise<Caller>;
  /** The merchant the request is about. @throws {Problem} 401; 400 when an operator names none. */
  merchant(request: FastifyRequest): Promise<string>;
  /** The merchant, or null for an operator who names none and means all. @throws {Problem} 401 */
  scope(request: FastifyRequest): Promise<string | null>;
  /** Whose token it is; undefined when it is not valid. */
  byToken(token: string): Promise<Caller | undefined>;
}

export function createCallers(ledger: LedgerClient): Callers {
  const known = new Map<string, { readonly caller: Caller; readonly until: number }>();

  async function byToken(token: string): Promise<Caller | undefined> {
    const cached = known.get(token);
    if (cached && cached.until > Date.now()) return cached.caller;
    const owner = await ledger.ownerOf(token);
    known.delete(token);
    if (owner === undefined) return undefined;
    const caller: Caller = owner === null ? { operator: true } : { merchantId: owner };
    if (known.size >= REMEMBERED) known.clear();
    known.set(token, { caller, until: Date.now() + TRUST_MS });
    return caller;
  }

  async function caller(request: FastifyRequest): Promise<Caller> {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const found = token === undefined ? readSession(request) : await byToken(token);
    if (!found) throw new Problem(401, "unauthorized", "Log in, or send a token: Authorization: Bearer <token>.");
    return found;
  }

  async function scope(request: FastifyRequest): Promise<string | null> {
    const who = await caller(request);
    if ("merchantId" in who) return who.merchantId;
    const named = request.headers[MERCHANT_HEADER];
    return typeof named === "string" ? named : null;
  }

  return {
    byToken,
    caller,
    scope,
    async merchant(request) {
      const merchantId = await scope(request);
      if (merchantId !== null) return merchantId;
      throw new Problem(
        400,
        "merchant_required",
        `An operator must name the merchant: ${MERCHANT_HEADER}: <merchant>.`,
      );
    },
  };
}
