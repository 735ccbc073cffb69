import type { Pool } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  beginConsent,
  bindConsent,
  endConsent,
  findAwaitedConsent,
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

const browser = "the-secret-of-the-merchants-browser";

const begin = (told: { readonly lifetimeSeconds?: number; readonly browser?: string | null } = {}) =>
  beginConsent(pool, vault, { merchantId, kind: "shopify", request, lifetimeSeconds: 60, browser, ...told });
const take = (
  state: string,
  told: { readonly kind?: string; readonly browser?: string; readonly leaseSeconds?: number } = {},
) => takeReturnedConsent(pool, vault, { kind: "shopify", state, browser, leaseSeconds: 60, ...told });
const bind = (state: string, by: string) => bindConsent(pool, vault, { kind: "shopify", state, browser: by });
const find = (state: string, by: string | null) => findAwaitedConsent(pool, { kind: "shopify", state, browser: by });

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
    for (const secret of [state, browser, "hunter2", "hunter3"]) expect(rows[0].text).not.toContain(secret);
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
    const { state, consentId } = await begin({ lifetimeSeconds: 0 });
    expect(await take(state)).toBeUndefined();
    expect(await findConsent(pool, consentId)).toBeUndefined();
    await begin();
    expect((await pool.query("select 1 from consent")).rowCount).toBe(1);
  });

  it("is of a merchant that there is", async () => {
    const unknown = { merchantId: "nobody", kind: "shopify", request, browser, lifetimeSeconds: 60 };
    await expect(beginConsent(pool, vault, unknown)).rejects.toMatchObject({ code: "unknown_merchant" });
  });
});

describe("a browser that is back", () => {
  it("finds nothing with a state that was never given, or at another platform's door", async () => {
    const { state } = await begin();
    expect(await take("guess")).toBeUndefined();
    expect(await take(state, { kind: "amazon" })).toBeUndefined();
  });

  it("finds nothing when it is another one than set out, and takes nothing from that one", async () => {
    const { state } = await begin();
    expect(await take(state, { browser: "another" })).toBeUndefined();
    expect(await take(state)).toBeDefined();
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

describe("a consent that is begun without a browser", () => {
  it("is taken from none before one has set out", async () => {
    const { state, consentId } = await begin({ browser: null });
    expect(await take(state)).toBeUndefined();
    for (const by of [browser, null]) expect(await find(state, by)).toMatchObject({ consentId, setOut: "none" });
  });

  it("is of the first browser that sets out, which may do so again; no other one can", async () => {
    const { state, consentId } = await begin({ browser: null });
    for (const _ of [1, 2]) expect(await bind(state, browser)).toMatchObject({ consent: { consentId }, request });
    expect(await bind(state, "another")).toBeUndefined();
    expect(await find(state, browser)).toMatchObject({ setOut: "this" });
    for (const by of ["another", null]) expect(await find(state, by)).toMatchObject({ setOut: "another" });
    expect(await take(state, { browser: "another" })).toBeUndefined();
    expect(await take(state)).toMatchObject({ consent: { consentId } });
  });

  it("is given to one of many that set out at once", async () => {
    const { state } = await begin({ browser: null });
    const bound = await Promise.all(Array.from({ length: 8 }, (_, index) => bind(state, `browser-${index}`)));
    expect(bound.filter(Boolean)).toHaveLength(1);
  });

  it("can't be set out for once it has ended, or at another platform's door", async () => {
    const late = await begin({ browser: null, lifetimeSeconds: 0 });
    expect(await bind(late.state, browser)).toBeUndefined();
    const { state, consentId } = await begin({ browser: null });
    expect(await bindConsent(pool, vault, { kind: "amazon", state, browser })).toBeUndefined();
    await refuseConsent(pool, consentId, "The shop did not agree.");
    expect(await bind(state, browser)).toBeUndefined();
    expect(await find(state, browser)).toBeUndefined();
  });
});
