import { createHash } from "node:crypto";
import type { SimulatedKind } from "@lastunit/simulators";
import { createCredentialBox, findChannel } from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { call, counted } from "./calls.ts";
import { startWorld, type World } from "./world.ts";

const kinds: readonly SimulatedKind[] = ["shopify", "ebay", "walmart"];
let world: World;

beforeAll(async () => {
  world = await startWorld({ kinds });
});
afterAll(() => world.stop());

async function connect(kind: SimulatedKind, account: string) {
  const listings = [{ sku: "A", quantity: 9 }];
  const { credentials, settings } = await world.simulators[kind].addAccount({ account, listings });
  const body = { kind, credentials, settings, default_location_id: "WH-1" };
  const channelId: string = (await call(world.gateway.url, "/v1/channels", { body })).body.channel_id;
  return { channelId, credentials };
}

async function inboxOf(channelId: string): Promise<readonly { readonly redeliveries: number }[]> {
  const { rows } = await world.store.query("select redeliveries from inbox where channel_id = $1", [channelId]);
  return rows;
}

describe.each(kinds)("%s", (kind) => {
  it("delivers what it signs, and what it sends again is stored once", async () => {
    const simulator = world.simulators[kind];
    const { channelId } = await connect(kind, "acme");
    await simulator.placeOrder({ account: "acme", lines: [{ sku: "A", quantity: 1 }] });
    const first = await until("the order has arrived", async () => (await inboxOf(channelId)).length);
    const { sent, failed } = await simulator.redeliver("acme", 2);
    expect(sent).toBeGreaterThanOrEqual(2 * first);
    expect(failed).toBe(0);
    // The first sending of the latest notification may still be on its way.
    await until("each was stored once and heard of three times", async () => {
      const stored = await inboxOf(channelId);
      return stored.length === sent / 2 && stored.every((row) => row.redeliveries >= 2);
    });
    // It is counted once the store has answered.
    await until("each but the first was counted", async () => {
      return (await counted(world.gateway.url, kind, "duplicate")) >= sent;
    });
  });
});

describe("a Walmart channel that is connected again", () => {
  it("goes on taking events, also while its subscriptions can't be written anew", async () => {
    const simulator = world.simulators.walmart;
    const { channelId, credentials } = await connect("walmart", "again");
    const unanswered = {
      operation: "getAllSubscriptions",
      times: 10,
      effect: { type: "status", status: 503 },
    } as const;
    simulator.fault({ account: "again", ...unanswered });
    const body = { kind: "walmart", channel_id: channelId, credentials };
    const again = await call(world.gateway.url, "/v1/channels", { body });
    expect(again).toMatchObject({ status: 201, body: { problems: [expect.stringContaining("subscribed")] } });
    await simulator.placeOrder({ account: "again", lines: [{ sku: "A", quantity: 1 }] });
    await until("the order has arrived", async () => (await inboxOf(channelId)).length > 0);
  });
});

async function verificationTokenOf(channelId: string): Promise<string> {
  const channel = await findChannel(world.store, channelId);
  if (!channel) throw new Error("there is no channel");
  const stored = z.object({ verificationToken: z.string() });
  const box = createCredentialBox(world.store, world.vault, channel, (value) => stored.parse(value));
  return (await box.read()).verificationToken;
}

describe("eBay's challenge", () => {
  it("is answered as application/json, with the digest over our own address", async () => {
    const { channelId } = await connect("ebay", "challenged");
    const verificationToken = await verificationTokenOf(channelId);
    const endpoint = `${world.gateway.url}/webhooks/ebay/${channelId}`;
    const answer = await fetch(`${endpoint}?challenge_code=abc`);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json\b/);
    expect(await answer.json()).toEqual({
      challengeResponse: createHash("sha256").update(`abc${verificationToken}${endpoint}`).digest("hex"),
    });
  });

  it("is answered by the same token after the channel is connected again, also while eBay can't be told of another", async () => {
    const { channelId, credentials } = await connect("ebay", "again");
    const before = await verificationTokenOf(channelId);
    const unanswered = { operation: "getDestinations", times: 10, effect: { type: "status", status: 503 } } as const;
    world.simulators.ebay.fault({ account: "again", ...unanswered });
    const body = { kind: "ebay", channel_id: channelId, credentials };
    const again = await call(world.gateway.url, "/v1/channels", { body });
    expect(again).toMatchObject({ status: 201, body: { problems: [expect.stringContaining("subscribed")] } });
    expect(await verificationTokenOf(channelId)).toBe(before);
  });
});
