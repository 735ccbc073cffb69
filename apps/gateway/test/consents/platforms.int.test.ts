import { adapters } from "@lastunit/adapters";
import { listListings } from "@lastunit/store";
import { describe, expect, it } from "vitest";
import { channelOf, credentialsOf, everythingStored, platforms } from "../accounts.ts";
import { asAccount, decide, useConsents } from "./fixtures.ts";

const its = useConsents();
const { begin, comeBack, find, finish } = its;

it("every adapter with a consent page is tried here", () => {
  const withPage = Object.values(adapters).filter(({ authorization }) => authorization);
  expect(withPage.map(({ kind }) => kind)).toEqual(platforms);
});

/** What the platforms' own pages can't grant: the keys of the merchant's queue, the secret that still signs. */
const taken = { shopify: ["previousClientSecret"], amazon: ["awsAccessKeyId", "awsSecretAccessKey"] };

describe.each(platforms)("a consent on %s's page", (kind) => {
  it("keeps the optional credentials that may be given beside it, and says which those are", async () => {
    const { body } = await its.browser.call(its.url, "/v1/platforms");
    const told = body.platforms.find((one: { kind: string }) => one.kind === kind);
    expect(told.consent_takes).toEqual({ ...taken, ebay: [], walmart: [] }[kind]);
    const beside = Object.fromEntries(told.consent_takes.map((name: string) => [name, `given-as-${name}`]));
    const { account, request } = await its.open(kind);
    const asked = { ...request, credentials: { ...request.credentials, ...beside } };
    const begun = await its.browser.call(its.url, "/v1/consents", { body: asked });
    await comeBack(await decide(asAccount(begun.body.url, account)));
    const connected = await finish(begun.body.consent_id);
    expect(await credentialsOf(its.world, connected)).toMatchObject(asked.credentials);
  });

  it("connects the account: begun, agreed to, granted, finished", async () => {
    const { id, page } = await begin(kind);
    expect(new URL(page).origin).toBe(new URL(its.world.simulators[kind].url).origin);
    const back = await comeBack(await decide(page));
    expect(back).toMatchObject({ status: 200, contentType: "text/html; charset=utf-8" });
    expect(back.text).toContain("grants access");
    expect(back.text).toContain(`/connect?consent=${id}`);
    expect((await find(id)).body).toMatchObject({ status: "granted", reason: null, merchant_id: "acme" });

    const connected = await finish(id);
    expect(connected).toMatchObject({ status: 201, body: { listings: { imported: 2 }, problems: [] } });
    expect(await channelOf(its.world, connected)).toMatchObject({
      merchantId: "acme",
      kind,
      status: "active",
      defaultLocationId: "WH-1",
    });
    const listings = await listListings(its.world.store, { channelId: connected.body.channel_id, limit: 10 });
    expect(listings.map(({ sku }) => sku)).toEqual(["A", "B"]);
    expect((await find(id)).status).toBe(404);
    expect((await finish(id)).status).toBe(404);
  });

  it("connects a channel that works again, ahead of the end of its access, and nothing else of it changes", async () => {
    const first = await begin(kind);
    await comeBack(await decide(first.page));
    const connected = await finish(first.id);
    const before = await channelOf(its.world, connected);
    const { credentials, settings } = first.request;
    const body = { kind, channel_id: connected.body.channel_id, credentials };
    const begun = await its.browser.call(its.url, "/v1/consents", { body: { ...body, settings } });
    await comeBack(await decide(asAccount(begun.body.url, first.account)));
    const again = await finish(begun.body.consent_id);
    expect(again).toMatchObject({ status: 201, body: { channel_id: connected.body.channel_id, problems: [] } });
    expect(await channelOf(its.world, connected)).toEqual(before);
    expect((await its.browser.call(its.url, "/v1/consents", { body })).status).toBe(201);
  });

  it("connects a channel that stopped again, also one that is not named, and nothing else of it changes", async () => {
    const first = await begin(kind);
    await comeBack(await decide(first.page));
    const connected = await finish(first.id);
    const { channel_id: channelId } = connected.body;
    // Of each platform one that its consent does not tell.
    const more = {
      shopify: { activateLocations: "yes" },
      amazon: { draftApp: "no" },
      ebay: { marketplaceId: "EBAY_DE" },
      walmart: { restockReturns: "yes" },
    }[kind];
    const { store } = its.world;
    await store.query(
      "update channel set status = 'needs_reconnect', settings = settings || $2, default_location_id = 'WH-5' where channel_id = $1",
      [channelId, more],
    );
    const before = await channelOf(its.world, connected);
    const { credentials, settings } = first.request;
    const begun = await its.browser.call(its.url, "/v1/consents", { body: { kind, credentials, settings } });
    await comeBack(await decide(asAccount(begun.body.url, first.account)));
    expect(await finish(begun.body.consent_id)).toMatchObject({ status: 201, body: { channel_id: channelId } });
    expect(await channelOf(its.world, connected)).toEqual({ ...before, status: "active" });
  });

  it("that the merchant declines is refused, with the reason, on the page and for whoever waits", async () => {
    const { account, id, page } = await begin(kind);
    const back = await comeBack(await decide(page, "decline"));
    const { body } = await find(id);
    expect(body).toMatchObject({ status: "refused", reason: expect.stringMatching(/\w+ \w+/) });
    expect(back.status).toBe(200);
    expect(back.text).toContain(body.reason.replaceAll("'", "&#39;"));
    expect(await finish(id)).toMatchObject({ status: 422, body: { code: "not_connected", problems: [body.reason] } });
    expect(await its.isConnected(account)).toBe(false);
  });

  it("whose code was forged is refused", async () => {
    const { id, page } = await begin(kind);
    const callback = await decide(page);
    const code = [...callback.searchParams.keys()].find((name) => name.includes("code")) ?? "";
    callback.searchParams.set(code, "forged-hunter2");
    expect((await comeBack(callback)).text).toContain("is not connected");
    expect((await find(id)).body).toMatchObject({ status: "refused" });
    expect(await everythingStored(its.world)).not.toContain("hunter2");
  });

  it("keeps nothing secret in clear, and logs nothing of it", async () => {
    const { id, page, request } = await begin(kind);
    const callback = await decide(page);
    await comeBack(callback);
    const { rows } = await its.world.store.query("select request, account from consent where consent_id = $1", [id]);
    expect(rows).toMatchObject([
      { request: expect.stringMatching(/^lu1\./), account: expect.stringMatching(/^lu1\./) },
    ]);
    const secrets = [
      callback.searchParams.get("state") ?? "",
      ...[...callback.searchParams].filter(([name]) => /code|hmac/.test(name)).map(([, value]) => value),
      ...Object.entries(request.credentials).flatMap(([name, value]) =>
        /^(clientId|appId)$/.test(name) ? [] : [value],
      ),
    ];
    expect(secrets.length).toBeGreaterThan(2);
    const granted = await everythingStored(its.world);
    await finish(id);
    for (const secret of secrets) {
      for (const text of [granted, await everythingStored(its.world), its.world.logged()])
        expect(text).not.toContain(secret);
    }
  });
});
