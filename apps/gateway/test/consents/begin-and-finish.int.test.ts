import { describe, expect, it } from "vitest";
import { answerTwoLocations, channelOf } from "../accounts.ts";
import { call, logIn } from "../calls.ts";
import { ACME_TOKEN, SERVICE_TOKEN } from "../world.ts";
import { asAccount, decide, useConsents } from "./fixtures.ts";

const its = useConsents();
const { begin, comeBack, find, finish } = its;

describe("a consent", () => {
  it("can't be finished before it is granted: 409", async () => {
    const { id } = await begin("shopify");
    expect(await finish(id)).toMatchObject({ status: 409, body: { code: "not_granted" } });
  });

  it("can't be seen or finished by another merchant, nor without a token", async () => {
    const token = await its.world.addMerchant("initech");
    const { account, id, page } = await begin("ebay");
    await comeBack(await decide(page));
    expect(await find(id, token)).toMatchObject({ status: 404, body: { code: "unknown_consent" } });
    expect(await finish(id, { token })).toMatchObject({ status: 404, body: { code: "unknown_consent" } });
    expect((await call(its.url, `/v1/consents/${id}/finish`, { method: "POST", token: null })).status).toBe(401);
    expect((await call(its.url, `/v1/consents/${id}`, { token: null })).status).toBe(401);
    expect(await its.isConnected(account)).toBe(false);
    expect((await finish(id)).status).toBe(201);
  });

  it("can't be finished by another site's page", async () => {
    const { id, page } = await begin("ebay");
    await comeBack(await decide(page));
    const headers = { cookie: await logIn(its.url, ACME_TOKEN), "sec-fetch-site": "cross-site" };
    const answer = await call(its.url, `/v1/consents/${id}/finish`, { method: "POST", token: null, headers });
    expect(answer).toMatchObject({ status: 403, body: { code: "foreign_origin" } });
  });

  it("finished twice at once makes one channel", async () => {
    const { id, page } = await begin("ebay");
    await comeBack(await decide(page));
    const statuses = (await Promise.all([finish(id), finish(id)])).map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, 409]);
  });

  it("that could not be finished stays granted: the same call completes it", async () => {
    const { account, id, page } = await begin("shopify");
    await comeBack(await decide(page));
    its.world.simulators.shopify.fault({ account, times: 10, effect: { type: "status", status: 503 } });
    expect(await finish(id)).toMatchObject({ status: 503, body: { code: "platform_unavailable" } });
    its.world.simulators.shopify.clearFaults();
    expect((await finish(id)).status).toBe(201);
  });

  it("of an account with several locations is finished once it is said which is which", async () => {
    const { account, id, page } = await begin("shopify");
    await comeBack(await decide(page));
    answerTwoLocations(its.world, account, 4);
    expect(await finish(id)).toMatchObject({ status: 422, body: { code: "locations_required" } });
    const locations = [{ location_id: "WH-1", external_location_id: "gid://shopify/Location/2" }];
    expect((await finish(id, { body: { locations } })).status).toBe(201);
    its.world.simulators.shopify.clearFaults();
  });

  it.each([
    ["named", true],
    ["not named", false],
  ])("takes an optional setting away that is given empty, where its channel is %s", async (_, isNamed) => {
    const { account, id, page, request } = await begin("ebay");
    await comeBack(await decide(page));
    const made = await finish(id);
    await its.world.store.query(
      `update channel set status = 'needs_reconnect',
         settings = settings || '{"marketplaceId":"EBAY_DE","alertEmail":"ops@acme.example"}' where channel_id = $1`,
      [made.body.channel_id],
    );
    const named = isNamed ? { channel_id: made.body.channel_id } : {};
    const body = { ...request, ...named, settings: { ...request.settings, alertEmail: "" } };
    const begun = await its.browser.call(its.url, "/v1/consents", { body });
    await comeBack(await decide(asAccount(begun.body.url, account)));
    await finish(begun.body.consent_id);
    const { settings } = (await channelOf(its.world, made)) ?? {};
    expect(settings).toMatchObject({ ...request.settings, marketplaceId: "EBAY_DE" });
    expect(settings).not.toHaveProperty("alertEmail");
  });

  it("is begun by an operator for the merchant it names, and by nobody without a token", async () => {
    const { request } = await its.open("ebay");
    const as = { token: SERVICE_TOKEN, headers: { "lastunit-merchant": "acme" } };
    expect((await call(its.url, "/v1/consents", { body: request, ...as })).body).toMatchObject({ merchant_id: "acme" });
    expect((await call(its.url, "/v1/consents", { body: request, token: null })).status).toBe(401);
  });

  it("names each field that is missing or not asked for, and no value", async () => {
    const body = { kind: "ebay", credentials: { colour: "hunter2" }, default_location_id: "WH-1" };
    const answer = await call(its.url, "/v1/consents", { body });
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    const fields = answer.body.errors.map((error: { field: string }) => error.field);
    expect(fields).toEqual(["credentials.colour", "credentials.appId", "credentials.certId", "settings.ruName"]);
    expect(answer.text + its.world.logged()).not.toContain("hunter2");
  });

  it("is not to be had where the platform has no page", async () => {
    const body = { kind: "webhook", credentials: {}, settings: { name: "POS" }, default_location_id: "WH-1" };
    expect(await call(its.url, "/v1/consents", { body })).toMatchObject({
      status: 422,
      body: { code: "no_consent_page" },
    });
  });
});

describe("the default location of a consent", () => {
  const elsewhere = { locations: [{ location_id: "WH-2" }] };
  const idle = { status: 400, body: { errors: [{ field: "default_location_id" }] } };

  it("that feeds nothing is refused before the browser is sent off", async () => {
    const { request } = await its.open("shopify");
    expect(await its.browser.call(its.url, "/v1/consents", { body: { ...request, ...elsewhere } })).toMatchObject(idle);
  });

  it("that feeds nothing by the mapping it is finished with is refused, and can be given then", async () => {
    const { id, page } = await begin("shopify");
    await comeBack(await decide(page));
    expect(await finish(id, { body: elsewhere })).toMatchObject(idle);
    const made = await finish(id, { body: { ...elsewhere, default_location_id: "WH-2" } });
    expect(made.status).toBe(201);
    expect(await channelOf(its.world, made)).toMatchObject({ defaultLocationId: "WH-2" });
  });
});
