import { applyEvents, listListings } from "@lastunit/store";
import { pushQueueName } from "@lastunit/queues";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, newSecret, sender } from "./calls.ts";
import { received } from "./ledger-events.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
let url: string;
let shop: string;
let stranger: string;

beforeAll(async () => {
  world = await startWorld({ kinds: ["shopify"] });
  url = world.gateway.url;
  stranger = await world.addMerchant("globex");
  await applyEvents(world.store, [received(1, "A", 7), received(2, "A", 3, "WH-2")], 2);
  const account = { account: "acme", listings: [{ sku: "A", quantity: 7 }] };
  const { credentials, settings } = await world.simulators.shopify.addAccount(account);
  const body = { kind: "shopify", credentials, settings, default_location_id: "WH-1" };
  shop = (await call(url, "/v1/channels", { body })).body.channel_id;
});
afterAll(() => world.stop());

const revise = (body: unknown, channelId = shop) => call(url, `/v1/channels/${channelId}`, { method: "PATCH", body });
const target = async () => (await listListings(world.store, { channelId: shop, limit: 1 }))[0]?.target;
const waiting = async () => (await world.queues.queue(pushQueueName(shop)).getJobCounts())["prioritized"];

describe("changing what a channel is offered", () => {
  it("changes what its listings must show at once, enqueues their pushes, and answers with the channel", async () => {
    expect(await waiting()).toBe(0);
    const answer = await revise({ allocation: { safety_stock: 1, share: 0.5, cap: 2 } });
    expect(answer).toMatchObject({
      status: 200,
      body: { channel_id: shop, behind: 1, allocation: { safety_stock: 1, share: 0.5, minimum: 0, cap: 2 } },
    });
    expect(await target()).toBe(2);
    expect(await waiting()).toBe(1);
  });

  it("leaves what is not said as it is", async () => {
    const { body } = await revise({ allocation: { cap: null } });
    expect(body.allocation).toEqual({ safety_stock: 1, share: 0.5, minimum: 0, cap: null });
    expect(await target()).toBe(3);
  });

  it("changes which ledger locations feed it, and where its orders take their units from", async () => {
    const locations = [{ location_id: "WH-2" }];
    expect(await revise({ locations, default_location_id: "WH-2", allocation: { share: 1 } })).toMatchObject({
      status: 200,
      body: { default_location_id: "WH-2", locations: [{ location_id: "WH-2", external_location_id: null }] },
    });
    expect(await target()).toBe(2);
    await revise({ locations: [{ location_id: "WH-1" }, { location_id: "WH-2" }] });
    expect(await target()).toBe(9);
  });

  it.each([
    { body: { allocation: { share: 50 } }, field: "allocation.share", says: "from 0 to 1, such as 0.5 for half" },
    { body: { allocation: { cap: -1 } }, field: "allocation.cap", says: "a whole number of units" },
    { body: { allocation: { safety_stock: 1.5 } }, field: "allocation.safety_stock", says: "a whole number of units" },
    { body: { allocation: { minimum: null } }, field: "allocation.minimum", says: "a whole number of units" },
    { body: { allocation: {} }, field: "allocation", says: "must say safety_stock, share, minimum or cap" },
    { body: { locations: [] }, field: "locations", says: "must name at least one" },
    { body: { default_location_id: "WH-9" }, field: "default_location_id", says: "choose one of WH-1, WH-2" },
    { body: { locations: [{ location_id: "WH-9" }] }, field: "default_location_id", says: "choose one of WH-9" },
  ])("says how to mend $body, and changes nothing", async ({ body, field, says }) => {
    const before = await call(url, `/v1/channels/${shop}`);
    const answer = await revise(body);
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    expect(answer.body.errors).toMatchObject([{ field, message: expect.stringContaining(says) }]);
    expect((await call(url, `/v1/channels/${shop}`)).body).toEqual(before.body);
  });

  it("says what there is to change when nothing is said, and refuses what is not known", async () => {
    const nothing = await revise({});
    expect(nothing).toMatchObject({ status: 400 });
    expect(nothing.text).toContain("must say what to change: allocation, locations or default_location_id");
    expect(await revise({ allocation: { safety: 1 } })).toMatchObject({ status: 400 });
  });

  it("names the account's locations when it has not the one that is said", async () => {
    const locations = [{ location_id: "WH-2", external_location_id: "Nowhere" }];
    expect(await revise({ locations, default_location_id: "WH-2" })).toMatchObject({
      status: 422,
      body: { code: "unknown_location", locations: [{ external_location_id: expect.any(String) }] },
    });
  });

  it("asks to connect a channel first whose account can't be asked for its locations; the rest is changed without it", async () => {
    await world.store.query(
      "update channel set status = 'needs_reconnect', status_reason = 'Revoked.' where channel_id = $1",
      [shop],
    );
    const locations = [{ location_id: "WH-2" }];
    expect(await revise({ locations, default_location_id: "WH-2" })).toMatchObject({
      status: 409,
      body: { code: "not_connected", detail: "Revoked." },
    });
    expect(await revise({ allocation: { cap: 5 } })).toMatchObject({ status: 200 });
    await world.store.query("update channel set status = 'active', status_reason = null");
  });

  it("says to connect a channel again of which what is stored does not fit, or is gone", async () => {
    const { rows } = await world.store.query("select settings from channel where channel_id = $1", [shop]);
    const keep = (settings: unknown) =>
      world.store.query("update channel set settings = $2 where channel_id = $1", [shop, settings]);
    const body = { locations: [{ location_id: "WH-2" }], default_location_id: "WH-2" };
    await keep({});
    expect(await revise(body)).toMatchObject({
      status: 409,
      body: {
        code: "not_connected",
        detail: "The channel's stored settings do not fit: shop. Connect the channel again.",
      },
    });
    await keep(rows[0].settings);
    await world.store.query("delete from channel_credential where channel_id = $1", [shop]);
    expect(await revise(body)).toMatchObject({
      status: 409,
      body: { code: "not_connected", detail: expect.stringContaining("Connect the channel again.") },
    });
  });

  it("that is only heard from may name any default location: nothing is shown there", async () => {
    const { channel_id } = (await call(url, "/v1/channels", { body: sender("POS", newSecret()) })).body;
    expect(await revise({ default_location_id: "WH-9" }, channel_id)).toMatchObject({
      status: 200,
      body: { default_location_id: "WH-9" },
    });
  });

  it("is for its own merchant alone", async () => {
    const path = `/v1/channels/${shop}`;
    const body = { allocation: { cap: 1 } };
    expect(await call(url, path, { method: "PATCH", body, token: stranger })).toMatchObject({
      status: 404,
      body: { code: "unknown_channel" },
    });
    expect((await call(url, path, { method: "PATCH", body: "nonsense", token: null })).status).toBe(401);
  });

  it("is in the API's description", async () => {
    const { body } = await call(url, "/openapi.json", { token: null });
    expect(body.paths["/v1/channels/{channel_id}"].patch.summary).toContain("what of that it is offered");
  });
});
