import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Vault } from "@lastunit/config";
import type { Queryable } from "../database.ts";
import { StoreError } from "../errors.ts";
import { findMerchant } from "../merchants/merchants.ts";

/**
 * A merchant's way to a platform's consent page and back. It is `waiting` until the platform has sent the browser back
 * and what it brought was exchanged; then it is `granted`, or `refused` for good with a `reason`.
 */
export interface Consent {
  readonly consentId: string;
  readonly merchantId: string;
  readonly kind: string;
  readonly status: "waiting" | "granted" | "refused";
  /** Why it was refused; null otherwise. */
  readonly reason: string | null;
  readonly expiresAt: Date;
}

/** A consent whose browser is back, and what it was begun with. */
export interface ReturnedConsent {
  readonly consent: Consent;
  readonly request: unknown;
}

/** What a consent was begun with, and what the platform granted. */
export interface GrantedConsent {
  readonly request: unknown;
  readonly account: unknown;
}

/**
 * Begins a consent, and forgets those that ended without one.
 *
 * @param request plain JSON; may hold secrets, it is sealed.
 * @returns `state`, to be brought back by the platform; it is not kept.
 * @throws {StoreError} `unknown_merchant`
 */
export async function beginConsent(
  db: Queryable,
  vault: Vault,
  begun: {
    readonly merchantId: string;
    readonly kind: string;
    readonly request: unknown;
    readonly lifetimeSeconds: number;
  },
): Promise<Consent & { readonly state: string }> {
  const consentId = randomUUID();
  const state = randomBytes(32).toString("base64url");
  const request = await seal(db, vault, { merchantId: begun.merchantId, consentId, field: "request" }, begun.request);
  await db.query("delete from consent where expires_at <= clock_timestamp()");
  const { rows } = await db.query<Consent>(
    `insert into consent (consent_id, merchant_id, kind, state_hash, request, expires_at)
     values ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6)) returning ${COLUMNS}`,
    [consentId, begun.merchantId, begun.kind, hashOf(state), request, begun.lifetimeSeconds],
  );
  const [consent] = rows;
  if (!consent) throw new Error("a consent was not kept");
  return { ...consent, state };
}

/**
 * The browser is back with its state: takes the consent, so that what it brought is exchanged once.
 *
 * @param leaseSeconds how long nobody else may; it ends with `grantConsent`, `refuseConsent` or `releaseConsent`.
 * @returns undefined for a state that nobody waits for (any more).
 */
export async function takeReturnedConsent(
  db: Queryable,
  vault: Vault,
  returned: { readonly kind: string; readonly state: string; readonly leaseSeconds: number },
): Promise<ReturnedConsent | undefined> {
  const { rows } = await db.query<Consent & SealedConsent>(
    `update consent set exchanging_until = clock_timestamp() + make_interval(secs => $3) from merchant
     where state_hash = $1 and kind = $2 and ${IS_OPEN} and account is null and refusal is null
       and (exchanging_until is null or exchanging_until <= clock_timestamp())
       and merchant.merchant_id = consent.merchant_id
     returning ${COLUMNS}, ${SEALED}`,
    [hashOf(returned.state), returned.kind, returned.leaseSeconds],
  );
  const [found] = rows;
  if (!found) return undefined;
  const { key, request, account: _, ...consent } = found;
  return { consent, request: open(vault, key, { ...consent, field: "request" }, request) };
}

/** Keeps what the platform granted. @param account plain JSON; it is sealed. */
export async function grantConsent(db: Queryable, vault: Vault, consent: Consent, account: unknown): Promise<void> {
  const sealed = await seal(db, vault, { ...consent, field: "account" }, account);
  await db.query("update consent set account = $2 where consent_id = $1 and account is null and refusal is null", [
    consent.consentId,
    sealed,
  ]);
}

/** Keeps why nothing was granted. */
export async function refuseConsent(db: Queryable, consentId: string, reason: string): Promise<void> {
  await db.query("update consent set refusal = $2 where consent_id = $1 and account is null and refusal is null", [
    consentId,
    reason,
  ]);
}

/** What the browser brought could not be exchanged now: it may come again. */
export async function releaseConsent(db: Queryable, consentId: string): Promise<void> {
  await db.query("update consent set exchanging_until = null where consent_id = $1", [consentId]);
}

export async function findConsent(db: Queryable, consentId: string): Promise<Consent | undefined> {
  const { rows } = await db.query<Consent>(`select ${COLUMNS} from consent where consent_id = $1 and ${IS_OPEN}`, [
    consentId,
  ]);
  return rows[0];
}

/** @returns undefined when nothing was granted (yet). */
export async function readGrantedConsent(
  db: Queryable,
  vault: Vault,
  consentId: string,
): Promise<GrantedConsent | undefined> {
  const { rows } = await db.query<Consent & SealedConsent & { account: string }>(
    `select ${COLUMNS}, ${SEALED} from consent join merchant using (merchant_id)
     where consent_id = $1 and account is not null and ${IS_OPEN}`,
    [consentId],
  );
  const [found] = rows;
  if (!found) return undefined;
  const { key, request, account, ...consent } = found;
  return {
    request: open(vault, key, { ...consent, field: "request" }, request),
    account: open(vault, key, { ...consent, field: "account" }, account),
  };
}

/** The channel is connected, and holds the credentials itself. */
export async function endConsent(db: Queryable, consentId: string): Promise<void> {
  await db.query("delete from consent where consent_id = $1", [consentId]);
}

interface SealedConsent {
  readonly request: string;
  readonly account: string | null;
  readonly key: string;
}

const IS_OPEN = "expires_at > clock_timestamp()";

const COLUMNS = `consent_id as "consentId", consent.merchant_id as "merchantId", kind, refusal as reason,
  case when account is not null then 'granted' when refusal is not null then 'refused' else 'waiting' end as status,
  expires_at as "expiresAt"`;

const SEALED = `request, account, merchant.wrapped_data_key as key`;

/** What a sealed text belongs to. A consent stands where a channel does otherwise: its id is as unique. */
interface Place {
  readonly merchantId: string;
  readonly consentId: string;
  readonly field: "request" | "account";
}

const bindingOf = ({ merchantId, consentId, field }: Place) => ({ merchantId, channelId: consentId, field });

async function seal(db: Queryable, vault: Vault, place: Place, value: unknown): Promise<string> {
  const merchant = await findMerchant(db, place.merchantId);
  if (!merchant) throw new StoreError("unknown_merchant", `There is no merchant ${place.merchantId}.`);
  return vault.seal(merchant.wrappedDataKey, bindingOf(place), JSON.stringify(value));
}

function open(vault: Vault, key: string, place: Place, text: string): unknown {
  return JSON.parse(vault.open(key, bindingOf(place), text));
}

function hashOf(state: string): Buffer {
  return createHash("sha256").update(state).digest();
}
