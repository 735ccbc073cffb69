import type { Pool } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  beginConsent,
  endConsent,
  findConsent,
  grantConsent,
  readGrantedConsent,
  refuseConsent,
  releaseConsent,
  takeReturnedConsent,
} from "../src/index.ts";
import { merchantId, openStore, startTestPostgres, vault, type TestPostgres } from "./fixtures.ts";

let postgres: TestPostgres;
let pool: Pool;

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  pool = await openStore(postgres);
  return () => pool.end();
});

const request = { settings: { shop: "acme" }, credentials: { clientSecret: "hunter2" } };
const account = { settings: { shop: "acme" }, credentials: { accessToken: "hunter3" } };

const begin = (lifetimeSeconds = 60) =>
  beginConsent(pool, vault, { merchantId, kind: "shopify", request, lifetimeSeconds });
const take = (state: string, told: { readonly kind?: string; readonly leaseSeconds?: number } = {}) =>
  takeReturnedConsent(pool, vault, { kind: "shopify", state, leaseSeconds: 60, ...told });

describe("a consent", () => {
  it("waits, is granted once its browser is back, and ends with what was granted in the channel", async () => {
    const { state, consentId, ...begun } = await begin();
    expect(begun).toMatchObject({ merchantId, kind: "shopify", status: "waiting", reason: null });
    const back = await take(state);
    expect(back).toMatchObject({ consent: { consentId, merchantId }, request });
    expect(await readGrantedConsent(pool, vault, consentId)).toBeUndefined();
    await grantConsent(pool, vault, back!.consent, account);
    expect(await findConsent(pool, consentId)).toMatchObject({ status: "granted", reason: null });
    expect(await readGrantedConsent(pool, vault, consentId)).toEqual({ request, account });
    await endConsent(pool, consentId);
    expect(await findConsent(pool, consentId)).toBeUndefined();
  });

  it("that was refused keeps why, and grants nothing any more", async () => {
    const { state, consentId } = await begin();
    const back = await take(state);
    await refuseConsent(pool, consentId, "The shop did not agree.");
    await grantConsent(pool, vault, back!.consent, account);
    expect(await findConsent(pool, consentId)).toMatchObject({ status: "refused", reason: "The shop did not agree." });
    expect(await readGrantedConsent(pool, vault, consentId)).toBeUndefined();
    expect(await take(state)).toBeUndefined();
  });

  it("keeps neither its state nor a secret in clear", async () => {
    const { state } = await begin();
    await grantConsent(pool, vault, (await take(state))!.consent, account);
    const { rows } = await pool.query("select row_to_json(consent)::text as text from consent");
    expect(rows).toHaveLength(1);
    for (const secret of [state, "hunter2", "hunter3"]) expect(rows[0].text).not.toContain(secret);
  });

  it("does not open when its secrets were moved to another one", async () => {
    const [one, other] = [await begin(), await begin()];
    await grantConsent(pool, vault, (await take(one.state))!.consent, account);
    await pool.query("update consent set account = (select account from consent where consent_id = $1)", [
      one.consentId,
    ]);
    await expect(readGrantedConsent(pool, vault, other.consentId)).rejects.toMatchObject({ name: "VaultError" });
  });

  it("ends with its lifetime, and is forgotten when the next one begins", async () => {
    const { state, consentId } = await begin(0);
    expect(await take(state)).toBeUndefined();
    expect(await findConsent(pool, consentId)).toBeUndefined();
    await begin();
    expect((await pool.query("select 1 from consent")).rowCount).toBe(1);
  });

  it("is of a merchant that there is", async () => {
    const unknown = { merchantId: "nobody", kind: "shopify", request, lifetimeSeconds: 60 };
    await expect(beginConsent(pool, vault, unknown)).rejects.toMatchObject({ code: "unknown_merchant" });
  });
});

describe("a browser that is back", () => {
  it("finds nothing with a state that was never given, or at another platform's door", async () => {
    const { state } = await begin();
    expect(await take("guess")).toBeUndefined();
    expect(await take(state, { kind: "amazon" })).toBeUndefined();
  });

  it("is taken by one of many at once", async () => {
    const { state } = await begin();
    const taken = await Promise.all(Array.from({ length: 8 }, () => take(state)));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it("may come again when what it brought could not be exchanged, or whoever did so is gone", async () => {
    const { state, consentId } = await begin();
    await take(state);
    await releaseConsent(pool, consentId);
    expect(await take(state, { leaseSeconds: 0 })).toBeDefined();
    expect(await take(state)).toBeDefined();
    expect(await take(state)).toBeUndefined();
  });
});
