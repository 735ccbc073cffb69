import { applyEvents, listListings } from "@lastunit/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, delivery, newSecret, sender } from "./calls.ts";
import { received } from "./ledger-events.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
let url: string;
let shop: string;
let stranger: string;
/** By SKU. */
let ids: ReadonlyMap<string, string>;

beforeAll(async () => {
  world = await startWorld({ kinds: ["shopify"] });
  url = world.gateway.url;
  stranger = await world.addMerchant("globex");
  const events = [received(1, "A", 7), received(2, "A", 3, "WH-2"), received(3, "B", 2)];
  await applyEvents(world.store, events, 3);
  const listings = ["A", "B", "C"].map((sku) => ({ sku, title: `The ${sku}`, quantity: 4 }));
  const { credentials, settings } = await world.simulators.shopify.addAccount({ account: "acme", listings });
  const allocation = { safety_stock: 1, share: 0.5, minimum: 0, cap: 4 };
  const locations = ["WH-1", "WH-2"].map((location_id) => ({ location_id }));
  const body = { kind: "shopify", credentials, settings, default_location_id: "WH-1", locations, allocation };
  shop = (await call(url, "/v1/channels", { body })).body.channel_id;
  const found = await listListings(world.store, { channelId: shop, limit: 10 });
  ids = new Map(found.map(({ sku, listingId }) => [sku, listingId]));
});
afterAll(() => world.stop());

/** A push of a listing as the worker records it. */
async function push(sku: string, outcome: string, detail: string | null, quantity = 4): Promise<void> {
  await world.store.query(
    `insert into push (channel_id, listing_id, lease, quantity, position, recorded_at, requested_at, answered_at, outcome, detail)
     values ($1, $2, gen_random_uuid(), $3, 2, clock_timestamp(), clock_timestamp(), clock_timestamp(), $4, $5)`,
    [shop, ids.get(sku), quantity, outcome, detail],
  );
}

const channel = async () => (await call(url, `/v1/channels/${shop}`)).body;
const listings = async (query: string) => (await call(url, `/v1/channels/${shop}/listings${query}`)).body;
const explained = async (sku: string) => (await call(url, `/v1/channels/${shop}/listings/${ids.get(sku)}`)).body;

describe("a channel", () => {
  it("tells its state, what feeds it and what of it is offered", async () => {
    expect(await channel()).toMatchObject({
      channel_id: shop,
      channel_key: "shopify:acme",
      status: "active",
      problems: [],
      pushes_inventory: true,
      settings: { shop: "acme.myshopify.com" },
      default_location_id: "WH-1",
      locations: [
        { location_id: "WH-1", external_location_id: null },
        { location_id: "WH-2", external_location_id: null },
      ],
      allocation: { safety_stock: 1, share: 0.5, minimum: 0, cap: 4 },
      orders_polled_at: null,
      last_failure: null,
      unmapped_deliveries: 0,
      waiting_deliveries: 0,
    });
  });

  it("tells the last push that was accepted, and the last one that was not in the channel's own words", async () => {
    expect(await channel()).toMatchObject({ pushes: 0, last_accepted_at: null });
    await push("A", "failed", "TIMEOUT: Shopify did not answer.");
    await push("B", "rejected", "UNTRACKED: Turn on Track quantity.");
    await push("A", "accepted", null);
    expect(await channel()).toMatchObject({
      pushes: 3,
      last_accepted_at: expect.any(String),
      last_failure: { sku: "B", message: "UNTRACKED: Turn on Track quantity.", at: expect.any(String) },
    });
  });

  it("that is heard from alone tells how many deliveries name what nothing is mapped to, and wait for it", async () => {
    const secret = newSecret();
    const { channel_id } = (await call(url, "/v1/channels", { body: sender("POS", secret) })).body;
    await call(url, `/webhooks/webhook/${channel_id}`, { ...delivery(secret), token: null });
    await world.store.query("update inbox set status = 'dead', error_code = 'unmapped' where channel_id = $1", [
      channel_id,
    ]);
    expect((await call(url, `/v1/channels/${channel_id}`)).body).toMatchObject({
      pushes_inventory: false,
      unmapped_deliveries: 1,
      waiting_deliveries: 0,
      last_failure: null,
    });
    await world.store.query("update inbox set status = 'waiting', error_code = null where channel_id = $1", [
      channel_id,
    ]);
    expect((await call(url, `/v1/channels/${channel_id}`)).body).toMatchObject({
      unmapped_deliveries: 0,
      waiting_deliveries: 1,
    });
  });
});

describe("a channel's listings", () => {
  it("are told by SKU, with what each must show and shows", async () => {
    const { listings: told, next } = await listings("");
    expect(next).toBeNull();
    expect(told).toMatchObject([
      { listing_id: ids.get("A"), sku: "A", title: "The A", unsupported: null, target: 4, shown: 4, error: null },
      { sku: "B", target: 0, shown: 4 },
      { sku: "C", target: null, shown: null },
    ]);
  });

  it("are told with why the channel keeps one from showing what it must: refused for good, or no more of it for now", async () => {
    const reasons = async () => {
      const { listings: told } = await listings("?sku=B");
      const { body } = await call(url, "/v1/stock?sku=B");
      const [{ error_reason: reason, error }] = told;
      expect(body.stock[0].listings).toMatchObject([{ error_reason: reason, error }]);
      return { reason, error };
    };
    const say = (code: string | null, message: string | null) =>
      world.store.query("update sync_state set error_code = $2, error_message = $3 where listing_id = $1", [
        ids.get("B"),
        code,
        message,
      ]);
    await say("ENDED", "It has ended.");
    expect(await reasons()).toEqual({ reason: "refused", error: "It has ended." });
    await say(null, "Revised 250 times today.");
    expect(await reasons()).toEqual({ reason: "revisions_spent", error: "Revised 250 times today." });
    await say(null, null);
    expect(await reasons()).toEqual({ reason: null, error: null });
    const { body } = await call(url, "/openapi.json", { token: null });
    expect(JSON.stringify(body.paths["/v1/channels/{channel_id}/listings"])).toContain("it goes on by itself");
  });

  it("come in pages, each listing once", async () => {
    const seen: string[] = [];
    for (let next: string | null = ""; next !== null;) {
      const page = await listings(`?limit=2${next === "" ? "" : `&after=${next}`}`);
      expect(page.listings.length).toBeLessThanOrEqual(2);
      seen.push(...page.listings.map((one: { sku: string }) => one.sku));
      next = page.next;
    }
    expect(seen).toEqual(["A", "B", "C"]);
  });

  it("can be asked for by SKU, and for what does not show what it must", async () => {
    const skus = async (query: string) => (await listings(query)).listings.map((one: { sku: string }) => one.sku);
    expect(await skus("?sku=B")).toEqual(["B"]);
    expect(await skus("?sku=nothing")).toEqual([]);
    expect(await skus("?behind=true")).not.toContain("A");
    expect(await skus("?behind=true")).toContain("B");
  });

  it.each(["?after=nonsense", "?after=W10", "?limit=0", "?limit=501", "?sku=%00", "?behind=maybe"])(
    "are not told for %s: 400",
    async (query) => {
      const answer = await call(url, `/v1/channels/${shop}/listings${query}`);
      expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    },
  );

  it("are not told after a SKU that the database can't keep: 400", async () => {
    const after = Buffer.from(JSON.stringify(["\0", ids.get("A")])).toString("base64url");
    const answer = await call(url, `/v1/channels/${shop}/listings?after=${after}`);
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  });
});

describe("why a listing's number is what it is", () => {
  it("is told term by term, with the ledger position it is based on", async () => {
    expect((await explained("A")).desired).toEqual({
      quantity: 4,
      position: 3,
      available: 10,
      locations: { "WH-1": 7, "WH-2": 3 },
      safety_stock: 1,
      share: 0.5,
      minimum: 0,
      cap: 4,
      paused: false,
      unseen_units: 0,
    });
  });

  it("is told with the pushes that were sent, the newest first, and the channel's refusal", async () => {
    await push("B", "rejected", "UNTRACKED: Turn on Track quantity.", 0);
    await world.store.query(
      "update sync_state set error_code = 'UNTRACKED', error_message = 'Turn on Track quantity.' where listing_id = $1",
      [ids.get("B")],
    );
    const { pushes, error_reason: reason, error } = await explained("B");
    expect({ reason, error }).toEqual({ reason: "refused", error: "Turn on Track quantity." });
    expect(pushes[0]).toEqual({
      quantity: 0,
      position: 2,
      outcome: "rejected",
      detail: "UNTRACKED: Turn on Track quantity.",
      requested_at: expect.any(String),
      answered_at: expect.any(String),
    });
  });

  it("is nothing while the ledger has not heard of the SKU", async () => {
    expect(await explained("C")).toMatchObject({ desired: null, target: null, shown_at: null, pushes: [] });
  });

  it("is not told of another channel's listing, or of one that is not there", async () => {
    const other = (await call(url, "/v1/channels", { body: sender("Another", newSecret()) })).body.channel_id;
    for (const path of [`${other}/listings/${ids.get("A")}`, `${shop}/listings/${shop}`]) {
      expect(await call(url, `/v1/channels/${path}`)).toMatchObject({ status: 404, body: { code: "unknown_listing" } });
    }
  });
});

describe("another merchant, or nobody", () => {
  it.each(["", "/listings", "/listings/A"])("is told nothing of a channel%s", async (path) => {
    const asked = `/v1/channels/${shop}${path.replace("/A", `/${ids.get("A")}`)}`;
    expect(await call(url, asked, { token: stranger })).toMatchObject({
      status: 404,
      body: { code: "unknown_channel" },
    });
    expect((await call(url, asked, { token: null })).status).toBe(401);
  });
});
