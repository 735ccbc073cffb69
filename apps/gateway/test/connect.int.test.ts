import type { SimulatedKind } from "@lastunit/simulators";
import { createCredentialBox, listChannels, listListings, type Channel } from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, newSecret, sender, type Answer } from "./calls.ts";
import { startWorld, type World } from "./world.ts";

const kinds: readonly SimulatedKind[] = ["shopify", "amazon", "ebay", "walmart"];
let world: World;
let url: string;

beforeAll(async () => {
  world = await startWorld({ kinds });
  url = world.gateway.url;
});
afterAll(() => world.stop());

let accounts = 0;

/** Opens an account on a simulated platform and says what connects it. */
async function open(kind: SimulatedKind) {
  accounts += 1;
  const listings = [
    { sku: "A", quantity: 3 },
    { sku: "B", quantity: 0 },
  ];
  const { account, credentials, settings } = await world.simulators[kind].addAccount({
    account: `shop-${accounts}`,
    listings,
  });
  return { account, request: { kind, credentials, settings, default_location_id: "WH-1" } };
}

const connect = (body: unknown, told: { readonly token?: string } = {}) => call(url, "/v1/channels", { body, ...told });

async function channelOf(answer: Answer): Promise<Channel | undefined> {
  return (await listChannels(world.store)).find((channel) => channel.channelId === answer.body.channel_id);
}

/** Everything the store's tables say, as text: what a thief of the database reads. */
async function everythingStored(): Promise<string> {
  const tables = ["merchant", "channel", "channel_credential", "channel_location", "listing", "inbox"];
  const rows = await Promise.all(tables.map(async (table) => (await world.store.query(`select * from ${table}`)).rows));
  return JSON.stringify(rows);
}

describe.each(kinds)("connecting %s", (kind) => {
  it("proves the account, imports its listings and starts syncing", async () => {
    const { request } = await open(kind);
    const answer = await connect(request);
    expect(answer).toMatchObject({
      status: 201,
      body: { listings: { status: "finished", imported: 2, unsupported: 0 }, problems: [] },
    });
    const channel = await channelOf(answer);
    expect(channel).toMatchObject({ merchantId: "acme", kind, status: "active", statusReason: null });
    const listings = await listListings(world.store, { channelId: answer.body.channel_id, limit: 10 });
    expect(listings.map((listing) => listing.sku)).toEqual(["A", "B"]);
  });

  it("keeps the credentials, encrypted, and shows them nowhere", async () => {
    const { request } = await open(kind);
    const answer = await connect(request);
    const channel = await channelOf(answer);
    if (!channel) throw new Error("there is no channel");
    const box = createCredentialBox(world.store, world.vault, channel, (stored) => Object(stored));
    const stored = await box.read();
    expect(stored).toMatchObject(request.credentials);
    const shown = [await everythingStored(), world.logged(), answer.text, (await call(url, "/v1/channels")).text];
    const sensitive = Object.entries(stored).filter(([name]) => isSecret(name));
    expect(sensitive.length).toBeGreaterThan(1);
    for (const [, secret] of sensitive) {
      for (const text of shown) expect(text).not.toContain(secret);
    }
  });

  it("with wrong credentials answers 422 with the platform's reason, and keeps nothing", async () => {
    const { request } = await open(kind);
    const wrong = Object.fromEntries(Object.keys(request.credentials).map((name) => [name, `wrong-${name}-hunter2`]));
    const before = await everythingStored();
    const answer = await connect({ ...request, credentials: wrong });
    expect(answer).toMatchObject({ status: 422, body: { code: "not_connected" } });
    expect(answer.body.problems).toEqual([expect.stringMatching(/\w+ \w+/)]);
    expect(await everythingStored()).toBe(before);
    expect(answer.text + world.logged()).not.toContain("hunter2");
  });
});

/** All the adapters' credentials are, but the public half of a keyset and dates. */
function isSecret(name: string): boolean {
  return !/^(clientId|appId|awsAccessKeyId|scope)$|ExpiresAt$/.test(name);
}

describe("connecting a sender of webhooks", () => {
  it("keeps its secret encrypted, and shows it nowhere", async () => {
    const secret = newSecret();
    const answer = await connect(sender("Keeps a secret", secret));
    expect(answer.status).toBe(201);
    for (const text of [await everythingStored(), world.logged(), answer.text]) {
      expect(text).not.toContain(secret.slice("whsec_".length));
    }
  });

  it("answers where it must send to", async () => {
    const answer = await connect(sender("POS Main Street", newSecret()));
    expect(answer.body).toMatchObject({
      channel_key: "webhook:pos-main-street",
      account: "POS Main Street",
      webhook_url: `${url}/webhooks/webhook/${answer.body.channel_id}`,
    });
  });
});

describe("an account", () => {
  it("connected already is answered 409", async () => {
    const { request } = await open("shopify");
    expect((await connect(request)).status).toBe(201);
    expect(await connect(request)).toMatchObject({ status: 409, body: { code: "channel_key_taken" } });
  });

  it("connected twice at once makes one channel", async () => {
    const body = sender("Twice at once", newSecret());
    const answers = await Promise.all([connect(body), connect(body), connect(body)]);
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
  });

  it("of another merchant may have the same name", async () => {
    const token = await world.addMerchant("globex");
    const body = sender("The same name", newSecret());
    expect((await connect(body)).status).toBe(201);
    expect((await connect(body, { token })).status).toBe(201);
  });

  it("that must be connected again is: same channel, new credentials, active", async () => {
    const name = "Rotates its secret";
    const first = await connect(sender(name, newSecret()));
    await world.store.query(
      "update channel set status = 'needs_reconnect', status_reason = 'rejected' where channel_id = $1",
      [first.body.channel_id],
    );
    const secret = newSecret();
    const again = await connect({
      ...sender(name, secret),
      default_location_id: "WH-2",
      allocation: { safety_stock: 2 },
    });
    expect(again).toMatchObject({ status: 201, body: { channel_id: first.body.channel_id } });
    const channel = await channelOf(again);
    expect(channel).toMatchObject({ status: "active", statusReason: null, defaultLocationId: "WH-2", safetyStock: 2 });
    if (!channel) throw new Error("there is no channel");
    const box = createCredentialBox(world.store, world.vault, channel, (stored) => Object(stored));
    expect(await box.read()).toEqual({ secret });
  });
});

describe("a connection that is cut short", () => {
  it("while events are subscribed to: is connected all the same, with the problem named", async () => {
    const { account, request } = await open("shopify");
    world.simulators.shopify.fault({
      account,
      operation: "webhookSubscriptions",
      times: 10,
      effect: { type: "status", status: 503 },
    });
    const answer = await connect(request);
    expect(answer.status).toBe(201);
    expect(answer.body.problems).toEqual([expect.stringContaining("orders are polled instead")]);
    expect(await channelOf(answer)).toMatchObject({ status: "active" });
  });

  it("while listings are imported: the import waits, says why, and goes on by itself", async () => {
    const { account, request } = await open("walmart");
    world.simulators.walmart.fault({
      account,
      operation: "getAllItems",
      times: 1,
      effect: { type: "status", status: 500 },
    });
    const answer = await connect(request);
    expect(answer).toMatchObject({
      status: 201,
      body: { listings: { status: "waiting", imported: 0, error: expect.any(String) } },
    });
    expect(await channelOf(answer)).toMatchObject({ status: "active", statusReason: null });
    const path = `/v1/channels/${answer.body.channel_id}/import`;
    const finished = await until("the import went on", async () => {
      const { body } = await call(url, path);
      return body.status === "finished" ? body : undefined;
    });
    expect(finished).toMatchObject({ imported: 2, error: null, matched: { ambiguous: 0 } });
  });

  it("by our own failure at any later step: the same call completes it", async () => {
    const body = sender("Cut short", newSecret());
    await world.store.query(
      "create function refuse() returns trigger language plpgsql as $$ begin raise 'no room'; end $$",
    );
    for (const table of ["channel_credential", "channel_location"]) {
      await world.store.query(`create trigger refuse before insert on ${table} for each row execute function refuse()`);
      const cut = await connect({ ...body, locations: [{ location_id: "WH-1" }] });
      expect(cut.status).toBe(500);
      const [left] = (await listChannels(world.store)).filter((channel) => channel.channelKey === "webhook:cut-short");
      expect(left).toMatchObject({
        status: "needs_reconnect",
        statusReason: expect.stringContaining("connect it again"),
      });
      await world.store.query(`drop trigger refuse on ${table}`);
    }
    const again = await connect(body);
    expect(again.status).toBe(201);
    expect(await channelOf(again)).toMatchObject({ status: "active", statusReason: null });
  });

  it("because the platform does not answer: 503, to be tried again, and keeps nothing", async () => {
    const { account, request } = await open("shopify");
    const before = await everythingStored();
    world.simulators.shopify.fault({ account, times: 10, effect: { type: "status", status: 503 } });
    const answer = await connect(request);
    expect(answer).toMatchObject({ status: 503, body: { code: "platform_unavailable" } });
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await everythingStored()).toBe(before);
  });
});

describe("an account with several locations", () => {
  const several = JSON.stringify({
    data: {
      locations: {
        nodes: [
          { id: "gid://shopify/Location/1", name: "Shop" },
          { id: "gid://shopify/Location/2", name: "Warehouse" },
        ],
        pageInfo: { hasNextPage: false, endCursor: null },
      },
    },
  });
  const answerTwice = (account: string) => {
    const headers = { "content-type": "application/json" };
    const effect = { type: "status", status: 200, body: several, headers } as const;
    world.simulators.shopify.fault({ account, operation: "locations", times: 2, effect });
  };

  it("is answered 422 with the list when no mapping says which ledger location feeds which", async () => {
    const { account, request } = await open("shopify");
    answerTwice(account);
    expect(await connect(request)).toMatchObject({
      status: 422,
      body: {
        code: "locations_required",
        locations: [
          { external_location_id: "gid://shopify/Location/1", name: "Shop" },
          { external_location_id: "gid://shopify/Location/2", name: "Warehouse" },
        ],
      },
    });
  });

  it("is connected with a mapping", async () => {
    const { account, request } = await open("shopify");
    answerTwice(account);
    const locations = [{ location_id: "WH-1", external_location_id: "gid://shopify/Location/2" }];
    const answer = await connect({ ...request, locations });
    expect(answer.status).toBe(201);
    const { rows } = await world.store.query("select * from channel_location where channel_id = $1", [
      answer.body.channel_id,
    ]);
    expect(rows).toMatchObject([{ location_id: "WH-1", external_location_id: "gid://shopify/Location/2" }]);
  });
});
