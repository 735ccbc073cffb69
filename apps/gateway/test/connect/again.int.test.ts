import type { SimulatedKind } from "@lastunit/simulators";
import { createCredentialBox, listChannelLocations, listListings } from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { describe, expect, it } from "vitest";
import { answerTwoLocations, channelOf, credentialsOf, everythingStored, platforms } from "../accounts.ts";
import { call, newSecret, sender } from "../calls.ts";
import { useConnect } from "./fixtures.ts";

const its = useConnect();
const { connect, open } = its;

describe("a channel that works", () => {
  /** Connects an account, with all there is to say of a channel. */
  async function connected(kind: SimulatedKind) {
    const { account, request } = await open(kind);
    const answer = await connect({ ...request, allocation: { safety_stock: 3 } });
    expect(answer.status).toBe(201);
    const before = await channelOf(its.world, answer);
    if (!before) throw new Error("there is no channel");
    return { account, before, request, again: { kind, channel_id: before.channelId } };
  }

  it("is given new credentials ahead of the end of the old ones, and nothing else of it changes", async () => {
    const name = "Renews ahead";
    const first = await connect({ ...sender(name, newSecret()), default_location_id: "WH-5", allocation: { cap: 9 } });
    const before = await channelOf(its.world, first);
    const secret = newSecret();
    const answer = await connect({ kind: "webhook", channel_id: first.body.channel_id, credentials: { secret } });
    expect(answer).toMatchObject({ status: 201, body: { channel_id: first.body.channel_id, account: name } });
    expect(await channelOf(its.world, answer)).toEqual(before);
    expect(await credentialsOf(its.world, answer)).toEqual({ secret });
  });

  it("does from then on what this version's adapter can do", async () => {
    const { before, request, again } = await connected("ebay");
    await its.world.store.query(
      "update channel set compares_and_sets = true, revisions_per_day = null, poll_every_ms = 1 where channel_id = $1",
      [before.channelId],
    );
    expect(await connect({ ...again, credentials: request.credentials })).toMatchObject({ status: 201 });
    expect(await channelOf(its.world, { body: again })).toEqual(before);
  });

  it("loses an optional setting that is given empty, and no other one", async () => {
    const { request } = await open("ebay");
    const { credentials, settings } = request;
    const first = await connect({ ...request, settings: { ...settings, alertEmail: "ops@acme.example" } });
    const again = { kind: "ebay", channel_id: first.body.channel_id, credentials };
    const answer = await connect({ ...again, settings: { alertEmail: "" } });
    const left = (await channelOf(its.world, answer))?.settings;
    expect(left).toMatchObject(settings);
    expect(left).not.toHaveProperty("alertEmail");
    expect(await connect({ ...again, settings: { seller: "" } })).toMatchObject({
      status: 400,
      body: { errors: [{ field: "settings.seller", message: "is needed" }] },
    });
  });

  it.each(platforms)(
    "on %s keeps its old credentials, and works, when the platform refuses the new ones",
    async (kind) => {
      const { before, request, again } = await connected(kind);
      const stored = await everythingStored(its.world);
      const wrong = Object.fromEntries(Object.keys(request.credentials).map((name) => [name, `wrong-${name}-hunter2`]));
      const answer = await connect({ ...again, credentials: wrong });
      expect(answer).toMatchObject({ status: 422, body: { code: "not_connected" } });
      expect(await everythingStored(its.world)).toBe(stored);
      expect(await connect({ ...again, credentials: request.credentials })).toMatchObject({ status: 201 });
      expect(await channelOf(its.world, { body: again })).toEqual(before);
    },
  );

  it("on Amazon says after a new look when the year of its authorization ends, counted from its begin", async () => {
    const { before, request, again } = await connected("amazon");
    const { store, vault } = its.world;
    const box = createCredentialBox(store, vault, before, (stored) => Object(stored));
    const authorizedAt = new Date(Date.now() - 300 * 24 * 3_600_000).toISOString();
    await box.renew(async (current) => ({ ...current, authorizedAt }));
    expect(await connect({ ...again, credentials: request.credentials })).toMatchObject({ status: 201 });
    const { body } = await call(its.url, `/v1/channels/${before.channelId}`);
    expect(body.renew_by).toEqual({
      at: new Date(Date.parse(authorizedAt) + 365 * 24 * 3_600_000).toISOString(),
      what: expect.stringContaining("Authorize the app again"),
    });
  });

  it("is given new credentials also when the old ones can't be read any more", async () => {
    const { before, request, again } = await connected("walmart");
    const { rowCount } = await its.world.store.query(
      "update channel_credential set ciphertext = 'lu1.secret.damaged' where channel_id = $1 and field = 'webhookSecret'",
      [before.channelId],
    );
    expect(rowCount).toBe(1);
    expect(await connect({ ...again, credentials: request.credentials })).toMatchObject({ status: 201 });
    expect(await credentialsOf(its.world, { body: again })).toMatchObject(request.credentials);
  });

  it("keeps what feeds it, also when the account has several locations by now, and takes what is given", async () => {
    const { account, before, request, again } = await connected("shopify");
    const { credentials } = request;
    answerTwoLocations(its.world, account, 2);
    expect(await connect({ ...again, credentials })).toMatchObject({ status: 201 });
    expect(await listChannelLocations(its.world.store, before.channelId)).toEqual([]);

    answerTwoLocations(its.world, account, 2);
    const locations = [{ location_id: "WH-2", external_location_id: "gid://shopify/Location/2" }];
    const given = { credentials, locations, default_location_id: "WH-2", allocation: { safety_stock: 1 } };
    const answer = await connect({ ...again, ...given });
    expect(await channelOf(its.world, answer)).toMatchObject({ defaultLocationId: "WH-2", safetyStock: 1, share: 1 });
    const mapping = [{ locationId: "WH-2", externalLocationId: "gid://shopify/Location/2" }];
    expect(await listChannelLocations(its.world.store, before.channelId)).toEqual(mapping);

    expect(await connect({ ...again, credentials })).toMatchObject({ status: 201 });
    expect(await listChannelLocations(its.world.store, before.channelId)).toEqual(mapping);
  });

  it("while its listings are imported: what is read with its old settings is neither stored nor counted", async () => {
    const { account, before, request, again } = await connected("ebay");
    const { channelId } = before;
    const { ebay } = its.world.simulators;
    ebay.fault({ account, operation: "getInventoryItems", effect: { type: "delay", ms: 6_000 } });
    const importing = call(its.url, `/v1/channels/${channelId}/import`, { method: "POST" });
    await until("the import reads", () => ebay.faults().length === 0);

    const elsewhere = { ...again, credentials: request.credentials, settings: { marketplaceId: "EBAY_DE" } };
    const listings = { status: "finished", imported: 0, unsupported: 2 };
    expect(await connect(elsewhere)).toMatchObject({ status: 201, body: { listings } });
    expect(await importing).toMatchObject({ status: 202, body: listings });
    const found = await listListings(its.world.store, { channelId, limit: 10 });
    const reason = "It has no published fixed-price offer on EBAY_DE.";
    expect(found.map(({ unsupported }) => unsupported)).toEqual([reason, reason]);
  });

  it("stays paused when it is", async () => {
    const { before, request, again } = await connected("shopify");
    await its.world.store.query("update channel set status = 'paused' where channel_id = $1", [before.channelId]);
    const answer = await connect({ ...again, credentials: request.credentials });
    expect(await channelOf(its.world, answer)).toMatchObject({ status: "paused" });
  });

  it("does not become another account's: 409, and nothing is kept", async () => {
    const { again } = await connected("shopify");
    const other = await open("shopify");
    const stored = await everythingStored(its.world);
    expect(await connect({ ...other.request, channel_id: again.channel_id })).toMatchObject({
      status: 409,
      body: {
        code: "another_account",
        detail: expect.stringContaining("Connect another account as a channel of its own."),
      },
    });
    const otherKind = { ...sender("Another kind", newSecret()), channel_id: again.channel_id };
    expect(await connect(otherKind)).toMatchObject({ status: 409, body: { code: "another_account" } });
    expect(await everythingStored(its.world)).toBe(stored);
  });

  it("is connected again by its own merchant alone", async () => {
    const { request, again } = await connected("shopify");
    const token = await its.world.addMerchant("hooli");
    const answer = await connect({ ...again, credentials: request.credentials }, { token });
    expect(answer).toMatchObject({ status: 404, body: { code: "unknown_channel" } });
  });

  it("is not connected again by a channel's name that is typed twice: 409 with what to do", async () => {
    const { request } = await connected("shopify");
    const answer = await connect(request);
    expect(answer).toMatchObject({ status: 409, body: { code: "channel_key_taken" } });
    expect(answer.body.detail).toContain("connect it again");
  });
});

describe("an account whose channel waits to be connected again", () => {
  const stop = (channelId: string) =>
    its.world.store.query("update channel set status = 'needs_reconnect', status_reason = '' where channel_id = $1", [
      channelId,
    ]);

  it("is, also without naming the channel, and nothing changes that is not given", async () => {
    const { request } = await open("ebay");
    const { kind, credentials, settings } = request;
    const whole = { ...request, settings: { ...settings, alertEmail: "ops@acme.example" } };
    const first = await connect({ ...whole, default_location_id: "WH-5" });
    const before = await channelOf(its.world, first);
    await stop(first.body.channel_id);
    const answer = await connect({ kind, credentials, settings });
    expect(answer).toMatchObject({ status: 201, body: { channel_id: first.body.channel_id } });
    expect(await channelOf(its.world, answer)).toEqual(before);
  });

  it("must name one of the ledger locations that feed it now as its default", async () => {
    const { request } = await open("shopify");
    const first = await connect(request);
    await stop(first.body.channel_id);
    const { default_location_id: byDefault, ...rest } = request;
    const locations = [{ location_id: "WH-2" }];
    expect(await connect({ ...rest, locations })).toMatchObject({
      status: 400,
      body: { errors: [{ field: "default_location_id", message: expect.stringContaining(byDefault) }] },
    });
    const answer = await connect({ ...rest, locations, default_location_id: "WH-2" });
    expect(await channelOf(its.world, answer)).toMatchObject({ defaultLocationId: "WH-2" });
  });
});
