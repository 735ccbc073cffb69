import { ChannelError, type ChannelSession, type ReadOutcome } from "@lastunit/adapter-contract";
import { listListings } from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openChannel } from "../channels/open-channel.ts";
import { startWorld, type Connected, type World } from "../testing/world.ts";
import { createLane, type Lane } from "./lane.ts";

const LISTINGS_PER_CALL = 3;
const SOLD_OUT = ["SOLD-OUT-1", "SOLD-OUT-2", "SOLD-OUT-3", "SOLD-OUT-4"];

let world: World;
beforeAll(async () => {
  world = await startWorld("ebay", "postgres");
});
afterAll(() => world.stop());

/** A lane of a channel that compares nothing, whose listings show nine, and what the channel tells of each. */
let lane: Lane;
let shop: Connected;
let read: () => ReadOutcome;
/** What each call wrote. */
let written: Record<string, number>[];
let channels = 0;

const skuOf = (name: string) => `${name}.${channels}`;
const nameOf = ({ sku }: { readonly sku: string }) => sku.slice(0, sku.indexOf("."));

beforeEach(async () => {
  channels += 1;
  written = [];
  shop = await world.connect([...SOLD_OUT, "LOWERED", "RAISED"].map((name) => ({ sku: skuOf(name), quantity: 9 })));
  const open = openChannel(world.parts, shop.channel);
  const session: ChannelSession = {
    ...open.session,
    readInventory: async (asked) => asked.map(() => read()),
    async pushInventory(updates) {
      written.push(Object.fromEntries(updates.map(({ listing, quantity }) => [nameOf(listing), quantity])));
      return updates.map(() => ({ status: "accepted" }));
    },
  };
  lane = createLane(
    world.parts,
    { ...open, session },
    {
      buckets: { notAmong: [] },
      listingsPerCall: LISTINGS_PER_CALL,
      hold: {
        begin: async () => undefined,
        async turnAway(items) {
          for (const item of items) item.answer({ status: "held" });
        },
      },
      onUnauthorized: async () => undefined,
    },
  );
  return async () => {
    await lane.close();
    await open.close();
  };
});

const listings = () => listListings(world.store, { channelId: shop.channel.channelId, limit: 100 });

/** Waits until the listings must show what follows. */
async function change(changes: { readonly [name: string]: number }): Promise<void> {
  for (const [name, units] of Object.entries(changes)) {
    if (units < 0) await shop.sellElsewhere(skuOf(name), -units);
    else await shop.receive(skuOf(name), units);
  }
  await until("the listings heard of it", async () =>
    (await listings()).every((one) => one.desired === 9 + (changes[nameOf(one)] ?? 0)),
  );
}

async function push(...names: readonly string[]) {
  const ids = new Map((await listings()).map((one) => [nameOf(one), one.listingId]));
  return Promise.all(names.map((name) => lane.add({ listingId: ids.get(name) ?? "", priority: 2 })));
}

const each = (names: readonly string[], units: number) => Object.fromEntries(names.map((name) => [name, units]));

const unread = (): ReadOutcome => ({ status: "unread", code: "25001", message: "A system error has occurred." });
const fails = (failure: ChannelError["failure"]) => () => {
  throw new ChannelError(failure, "It can't be read.", { code: "test" });
};

describe("a lane", () => {
  it("shows 0 of what sold out without reading it, and pushes the others, when the channel can read none", async () => {
    read = unread;
    await change({ ...each(SOLD_OUT, -9), LOWERED: -1 });
    await world.store.query(
      "update sync_state set shown_quantity = null where channel_id = $1 and desired_quantity = 0",
      [shop.channel.channelId],
    );
    expect(await push("LOWERED")).toEqual([{ status: "done" }]);
    expect(Object.assign({}, ...written)).toEqual({ ...each(SOLD_OUT, 0), LOWERED: 8 });
  });

  it.each([
    ["unavailable", "retry"],
    ["rejected", "dead"],
  ] as const)("lowers what is in one call with a raise whose read fails as %s", async (failure, status) => {
    read = fails(failure);
    await change({ RAISED: 1, LOWERED: -1 });
    expect(await push("RAISED", "LOWERED")).toMatchObject([{ status }, { status: "done" }]);
    expect(written).toEqual([{ LOWERED: 8 }]);
  });

  it.each(["rate_limited", "unauthorized"] as const)(
    "writes nothing after a read that failed as %s",
    async (failure) => {
      read = fails(failure);
      await change({ RAISED: 1, LOWERED: -1 });
      expect(await push("RAISED", "LOWERED")).toEqual([{ status: "held" }, { status: "held" }]);
      expect(written).toEqual([]);
    },
  );

  it.each([
    ["reads fail", fails("unavailable")],
    ["none of several can be read", unread],
  ])("lets raises wait, spending no attempt, when %s time after time, and lowers at once", async (_when, answer) => {
    read = answer;
    await change({ RAISED: 1, "SOLD-OUT-1": 1, LOWERED: -1 });
    await until("a raise waits", async () => (await push("RAISED", "SOLD-OUT-1"))[0]?.status === "later");
    expect(await push("LOWERED")).toEqual([{ status: "done" }]);
    expect(written).toEqual([{ LOWERED: 8 }]);
  });

  it("goes on reading for one listing that can't be read time after time: it may be the only one", async () => {
    read = unread;
    await change({ RAISED: 1 });
    for (let times = 0; times < 12; times += 1) expect(await push("RAISED")).toMatchObject([{ status: "retry" }]);
  });
});
