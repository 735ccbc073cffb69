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

/** A consent whose browser sets out or is back, and what it was begun with. */
export interface OpenedConsent {
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
 * @param begun.request plain JSON; may hold secrets, it is sealed.
 * @param begun.browser the secret that the merchant's browser keeps in a cookie; null: that browser is not known yet, see
 *   `bindConsent`.
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
    readonly browser: string | null;
    readonly lifetimeSeconds: number;
  },
): Promise<Consent & { readonly state: string }> {
  const consentId = randomUUID();
  const state = randomBytes(32).toString("base64url");
  const request = await seal(db, vault, { merchantId: begun.merchantId, consentId, field: "request" }, begun.request);
  const browserHash = begun.browser === null ? null : hashOf(begun.browser);
  await db.query("delete from consent where expires_at <= clock_timestamp()");
  const { rows } = await db.query<Consent>(
    `insert into consent (consent_id, merchant_id, kind, state_hash, request, expires_at, browser_hash)
     values ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6), $7) returning ${COLUMNS}`,
    [consentId, begun.merchantId, begun.kind, hashOf(state), request, begun.lifetimeSeconds, browserHash],
  );
  const [consent] = rows;
  if (!consent) throw new Error("a consent was not kept");
  return { ...consent, state };
}

/**
 * A consent that waits for its browser to come back, by its state.
 *
 * @param awaited.browser who asks; null: a browser without a secret.
 * @returns also which browser set out: `none` yet, `this` or `another`.
 */
export async function findAwaitedConsent(
  db: Queryable,
  awaited: Awaited & { readonly browser: string | null },
): Promise<(Consent & { readonly setOut: "none" | "this" | "another" }) | undefined> {
  const { rows } = await db.query<Consent & { setOut: "none" | "this" | "another" }>(
    `select ${COLUMNS}, case when browser_hash is null then 'none' when browser_hash = $3 then 'this' else 'another' end
       as "setOut"
     from consent where ${IS_AWAITED}`,
    [hashOf(awaited.state), awaited.kind, awaited.browser === null ? null : hashOf(awaited.browser)],
  );
  return rows[0];
}

/**
 * A browser sets out for the platform's page: from now on the consent waits for that one alone. It may do so again.
 *
 * @returns undefined for a state that nobody waits for (any more), or that another browser set out with.
 */
export async function bindConsent(
  db: Queryable,
  vault: Vault,
  bound: Awaited & { readonly browser: string },
): Promise<OpenedConsent | undefined> {
  const { rows } = await db.query<Consent & SealedConsent>(
    `update consent set browser_hash = $3 from merchant
     where ${IS_AWAITED} and (browser_hash is null or browser_hash = $3) and merchant.merchant_id = consent.merchant_id
     returning ${COLUMNS}, ${SEALED}`,
    [hashOf(bound.state), bound.kind, hashOf(bound.browser)],
  );
  return rows[0] && opened(vault, rows[0]);
}

/**
 * The browser is back with its state: takes the consent, so that what it brought is exchanged once.
 *
 * @param returned.leaseSeconds how long nobody else may; it ends with `grantConsent`, `refuseConsent` or `releaseConsent`.
 * @returns undefined for a state that nobody waits for (any more), and for another browser than the one that set out.
 */
export async function takeReturnedConsent(
  db: Queryable,
  vault: Vault,
  returned: Awaited & { readonly browser: string; readonly leaseSeconds: number },
): Promise<OpenedConsent | undefined> {
  const { rows } = await db.query<Consent & SealedConsent>(
    `update consent set exchanging_until = clock_timestamp() + make_interval(secs => $4) from merchant
     where ${IS_AWAITED} and browser_hash = $3
       and (exchanging_until is null or exchanging_until <= clock_timestamp())
       and merchant.merchant_id = consent.merchant_id
     returning ${COLUMNS}, ${SEALED}`,
    [hashOf(returned.state), returned.kind, hashOf(returned.browser), returned.leaseSeconds],
  );
  return rows[0] && opened(vault, rows[0]);
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

/** What names a consent that is under way. */
interface Awaited {
  readonly kind: string;
  readonly state: string;
}

const IS_OPEN = "expires_at > clock_timestamp()";

const IS_AWAITED = `state_hash = $1 and kind = $2 and ${IS_OPEN} and account is null and refusal is null`;

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

function opened(vault: Vault, row: Consent & SealedConsent): OpenedConsent {
  const { key, request, account: _, ...consent } = row;
  return { consent, request: open(vault, key, { ...consent, field: "request" }, request) };
}

function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
