import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Vault } from "@lastunit/config";
import type { Queryable } from "../database.ts";
import { StoreError } from "../errors.ts";
import { findMerchant } from "../merchants/merchants.ts";

/** A merchant's way to a platform's consent page and back. */
export interface Consent {
  readonly consentId: string;
  readonly merchantId: string;
  readonly kind: string;
  /** Whether the platform has sent the browser back. */
  readonly isGranted: boolean;
  readonly expiresAt: Date;
}

/** What a consent was begun with and what came back. */
export interface GrantedConsent {
  readonly kind: string;
  /** As it was given. */
  readonly request: unknown;
  /** The query the browser came back with. */
  readonly callback: string;
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
  const { merchantId, kind } = begun;
  const consentId = randomUUID();
  const state = randomBytes(32).toString("base64url");
  const request = await seal(db, vault, { merchantId, consentId, field: "request" }, JSON.stringify(begun.request));
  await db.query("delete from consent where expires_at <= clock_timestamp()");
  const { rows } = await db.query<{ expiresAt: Date }>(
    `insert into consent (consent_id, merchant_id, kind, state_hash, request, expires_at)
     values ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6)) returning expires_at as "expiresAt"`,
    [consentId, merchantId, kind, hashOf(state), request, begun.lifetimeSeconds],
  );
  const expiresAt = rows[0]?.expiresAt ?? new Date();
  return { consentId, merchantId, kind, isGranted: false, expiresAt, state };
}

/** Keeps what the browser came back with, once. @returns undefined for a state that nobody waits for (any more). */
export async function grantConsent(
  db: Queryable,
  vault: Vault,
  granted: { readonly kind: string; readonly state: string; readonly callback: string },
): Promise<Consent | undefined> {
  const [found] = (
    await db.query<Consent>(`select ${COLUMNS} from consent where state_hash = $1 and kind = $2 and ${IS_OPEN}`, [
      hashOf(granted.state),
      granted.kind,
    ])
  ).rows;
  if (!found) return undefined;
  const callback = await seal(db, vault, { ...found, field: "callback" }, granted.callback);
  const { rows } = await db.query<Consent>(
    `update consent set callback = $2 where consent_id = $1 and callback is null and ${IS_OPEN} returning ${COLUMNS}`,
    [found.consentId, callback],
  );
  return rows[0];
}

export async function findConsent(db: Queryable, consentId: string): Promise<Consent | undefined> {
  const { rows } = await db.query<Consent>(`select ${COLUMNS} from consent where consent_id = $1 and ${IS_OPEN}`, [
    consentId,
  ]);
  return rows[0];
}

/** Takes a granted consent away, so that it is used once. */
export async function takeConsent(db: Queryable, vault: Vault, consentId: string): Promise<GrantedConsent | undefined> {
  const { rows } = await db.query<Consent & { request: string; callback: string; key: string }>(
    `delete from consent using merchant
     where consent_id = $1 and callback is not null and ${IS_OPEN} and merchant.merchant_id = consent.merchant_id
     returning consent_id as "consentId", consent.merchant_id as "merchantId", kind, request, callback,
       merchant.wrapped_data_key as key`,
    [consentId],
  );
  const [taken] = rows;
  if (!taken) return undefined;
  const open = (field: Field, text: string) => vault.open(taken.key, bindingOf({ ...taken, field }), text);
  return {
    kind: taken.kind,
    request: JSON.parse(open("request", taken.request)),
    callback: open("callback", taken.callback),
  };
}

type Field = "request" | "callback";

const IS_OPEN = "expires_at > clock_timestamp()";

const COLUMNS = `consent_id as "consentId", merchant_id as "merchantId", kind, callback is not null as "isGranted",
  expires_at as "expiresAt"`;

async function seal(
  db: Queryable,
  vault: Vault,
  of: { readonly merchantId: string; readonly consentId: string; readonly field: Field },
  text: string,
): Promise<string> {
  const merchant = await findMerchant(db, of.merchantId);
  if (!merchant) throw new StoreError("unknown_merchant", `There is no merchant ${of.merchantId}.`);
  return vault.seal(merchant.wrappedDataKey, bindingOf(of), text);
}

/** A consent stands where a channel does otherwise: its id is as unique. */
function bindingOf(of: { readonly merchantId: string; readonly consentId: string; readonly field: Field }) {
  return { merchantId: of.merchantId, channelId: of.consentId, field: of.field };
}

function hashOf(state: string): Buffer {
  return createHash("sha256").update(state).digest();
}
