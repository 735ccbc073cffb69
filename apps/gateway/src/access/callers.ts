import { remember } from "@lastunit/config";
import { Problem } from "@lastunit/config/http";
import { LedgerError, type LedgerClient } from "@lastunit/ledger/client";
import type { FastifyRequest } from "fastify";
import type { Session, Sessions } from "./session.ts";

/** Who asks: a merchant, or an operator (the service token), who sees all merchants. */
export type Caller = { readonly merchantId: string } | { readonly operator: true };

/** The header by which an operator says which merchant it acts for. A merchant is always itself, whatever it says. */
const MERCHANT_HEADER = "lastunit-merchant";

/** How long the ledger's word is trusted: a revoked token works at most this much longer. */
const TRUST_MS = 10_000;
/** Visible ASCII: anything else is no token, and could not be sent to the ledger in a header. */
const TOKEN = /^[\x21-\x7e]{1,512}$/;
const MERCHANT_ID = /^[a-z0-9][a-z0-9-]{0,39}$/;

export interface Callers {
  /** By bearer token or session cookie; undefined: by neither. */
  find(request: FastifyRequest): Promise<Caller | undefined>;
  /** The same. @throws {Problem} 401 */
  caller(request: FastifyRequest): Promise<Caller>;
  /** The merchant the request is about. @throws {Problem} 401; 400/404 when an operator names none or an unknown one. */
  merchant(request: FastifyRequest): Promise<string>;
  /** The merchant, or null for an operator who names none and means all. @throws {Problem} 401, 404 */
  scope(request: FastifyRequest): Promise<string | null>;
  /** Whose token it is; undefined when it is not valid. */
  byToken(token: string): Promise<Caller | undefined>;
}

/** The ledger alone knows tokens and merchants. While it is away, every method that asks it throws `LedgerError`. */
export function createCallers(ledger: LedgerClient, sessions: Sessions): Callers {
  const owners = remember(async (token: string): Promise<Caller | undefined> => {
    const owner = await ledger.ownerOf(token);
    if (owner === undefined) return undefined;
    return owner === null ? { operator: true } : { merchantId: owner };
  }, TRUST_MS);
  const isKnown = async (merchantId: string) => ((await isMerchant(ledger, merchantId)) ? true : undefined);
  const merchants = remember(isKnown, TRUST_MS);

  async function byToken(token: string): Promise<Caller | undefined> {
    return TOKEN.test(token) ? owners(token) : undefined;
  }

  async function find(request: FastifyRequest): Promise<Caller | undefined> {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (token !== undefined) return byToken(token);
    const session = await sessions.read(request);
    return session && bySession(session);
  }

  /**
   * A revoked token ends its sessions. While the ledger can't be asked, what it said at the login holds: those are the
   * nights on which the queues must be seen.
   */
  async function bySession({ token, caller: atLogin }: Session): Promise<Caller | undefined> {
    try {
      return await byToken(token);
    } catch (error) {
      if (error instanceof LedgerError && error.isRetryable) return atLogin;
      throw error;
    }
  }

  async function caller(request: FastifyRequest): Promise<Caller> {
    const found = await find(request);
    if (found) return found;
    throw new Problem(401, "unauthorized", "Log in, or send a token: Authorization: Bearer <token>.");
  }

  async function scope(request: FastifyRequest): Promise<string | null> {
    const who = await caller(request);
    if ("merchantId" in who) return who.merchantId;
    const named = request.headers[MERCHANT_HEADER];
    if (typeof named !== "string") return null;
    if (MERCHANT_ID.test(named) && (await merchants(named))) return named;
    throw new Problem(404, "unknown_merchant", "There is no such merchant.");
  }

  return {
    find,
    byToken,
    caller,
    scope,
    async merchant(request) {
      const merchantId = await scope(request);
      if (merchantId !== null) return merchantId;
      const detail = `An operator must name the merchant: ${MERCHANT_HEADER}: <merchant>.`;
      throw new Problem(400, "merchant_required", detail);
    },
  };
}

/** The ledger refuses a call about a merchant it does not know; the SKU is one that any merchant may lack. */
async function isMerchant(ledger: LedgerClient, merchantId: string): Promise<boolean> {
  try {
    await ledger.stock(merchantId, ["-"]);
    return true;
  } catch (error) {
    if (error instanceof LedgerError && error.code === "unknown_merchant") return false;
    throw error;
  }
}
