import { listListings } from "@lastunit/store";
import { describe, expect, it } from "vitest";
import { channelOf, credentialsOf, everythingStored, platforms } from "../accounts.ts";
import { call, newSecret, sender } from "../calls.ts";
import { useConnect } from "./fixtures.ts";

const its = useConnect();
const { connect, open } = its;

describe.each(platforms)("connecting %s", (kind) => {
  it("proves the account, imports its listings and starts syncing", async () => {
    const { request } = await open(kind);
    const answer = await connect(request);
    expect(answer).toMatchObject({
      status: 201,
      body: { listings: { status: "finished", imported: 2, unsupported: 0 }, problems: [] },
    });
    const channel = await channelOf(its.world, answer);
    expect(channel).toMatchObject({ merchantId: "acme", kind, status: "active", statusReason: null });
    const listings = await listListings(its.world.store, { channelId: answer.body.channel_id, limit: 10 });
    expect(listings.map((listing) => listing.sku)).toEqual(["A", "B"]);
  });

  it("keeps the credentials, encrypted, and shows them nowhere", async () => {
    const { request } = await open(kind);
    const answer = await connect(request);
    const stored = await credentialsOf(its.world, answer);
    expect(stored).toMatchObject(request.credentials);
    const shown = [
      await everythingStored(its.world),
      its.world.logged(),
      answer.text,
      (await call(its.url, "/v1/channels")).text,
    ];
    const sensitive = Object.entries(stored).filter(([name]) => isSecret(name));
    expect(sensitive.length).toBeGreaterThan(1);
    for (const [, secret] of sensitive) {
      for (const text of shown) expect(text).not.toContain(secret);
    }
  });

  it("with wrong credentials answers 422 with the platform's reason, and keeps nothing", async () => {
    const { request } = await open(kind);
    const wrong = Object.fromEntries(Object.keys(request.credentials).map((name) => [name, `wrong-${name}-hunter2`]));
    const before = await everythingStored(its.world);
    const answer = await connect({ ...request, credentials: wrong });
    expect(answer).toMatchObject({ status: 422, body: { code: "not_connected" } });
    expect(answer.body.problems).toEqual([expect.stringMatching(/\w+ \w+/)]);
    expect(await everythingStored(its.world)).toBe(before);
    expect(answer.text + its.world.logged()).not.toContain("hunter2");
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
    for (const text of [await everythingStored(its.world), its.world.logged(), answer.text]) {
      expect(text).not.toContain(secret.slice("whsec_".length));
    }
  });

  it("answers where it must send to", async () => {
    const answer = await connect(sender("POS Main Street", newSecret()));
    expect(answer.body).toMatchObject({
      channel_key: "webhook:pos-main-street",
      account: "POS Main Street",
      webhook_url: `${its.url}/webhooks/webhook/${answer.body.channel_id}`,
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
    const token = await its.world.addMerchant("globex");
    const body = sender("The same name", newSecret());
    expect((await connect(body)).status).toBe(201);
    expect((await connect(body, { token })).status).toBe(201);
  });

  it("that must be connected again is: same channel, new credentials, active", async () => {
    const name = "Rotates its secret";
    const first = await connect(sender(name, newSecret()));
    await its.world.store.query(
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
    const channel = await channelOf(its.world, again);
    expect(channel).toMatchObject({ status: "active", statusReason: null, defaultLocationId: "WH-2", safetyStock: 2 });
    expect(await credentialsOf(its.world, again)).toEqual({ secret });
  });
});

describe("keys of another Walmart seller than the partner ID says", () => {
  it("are answered 422 with whose they are, also when a channel is connected again with them", async () => {
    const { request } = await open("walmart");
    const other = await open("walmart");
    const { sellerId } = other.request.settings;
    const anothers = {
      status: 422,
      body: {
        code: "not_connected",
        problems: [expect.stringContaining(`belong to partner ${sellerId}, not to ${request.settings["sellerId"]}`)],
      },
    };
    const { credentials } = other.request;
    expect(await connect({ ...request, credentials })).toMatchObject(anothers);
    const { body } = await connect(request);
    expect(await connect({ kind: "walmart", channel_id: body.channel_id, credentials })).toMatchObject(anothers);
  });
});
