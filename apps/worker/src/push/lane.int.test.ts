import type { ChannelSession, ReadOutcome } from "@lastunit/adapter-contract";
import { listListings } from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openChannel } from "../channels/open-channel.ts";
import { startWorld, type World } from "../testing/world.ts";
import { createLane, type Lane } from "./lane.ts";

const LISTINGS_PER_CALL = 2;
const SOLD_OUT = ["SOLD-OUT-1", "SOLD-OUT-2", "SOLD-OUT-3"];
const LOWERED = "LOWERED";

let world: World;
beforeAll(async () => {
  world = await startWorld("ebay", "postgres");
});
afterAll(() => world.stop());

/** A lane of a channel that compares nothing, and what the channel tells of each listing. */
let lane: Lane;
let read: () => ReadOutcome;
/** What each call wrote. */
let written: ReadonlyMap<string, number>[];
let ids: ReadonlyMap<string, string>;
let channels = 0;

beforeEach(async () => {
  channels += 1;
  written = [];
  const skuOf = (name: string) => `${name}.${channels}`;
  const nameOf = ({ sku }: { readonly sku: string }) => sku.slice(0, sku.indexOf("."));
  const shop = await world.connect([...SOLD_OUT, LOWERED].map((name) => ({ sku: skuOf(name), quantity: 9 })));
  const { channelId } = shop.channel;
  for (const name of SOLD_OUT) await shop.sellElsewhere(skuOf(name), 9);
  await shop.sellElsewhere(skuOf(LOWERED), 1);
  const listings = await until("all are behind", async () => {
    const found = await listListings(world.store, { channelId, limit: 100 });
    return found.every(({ desired, shown }) => desired !== shown) ? found : undefined;
  });
  ids = new Map(listings.map((one) => [nameOf(one), one.listingId]));

  const open = openChannel(world.parts, shop.channel);
  const session: ChannelSession = {
    ...open.session,
    readInventory: async (asked) => asked.map(() => read()),
    async pushInventory(updates) {
      written.push(new Map(updates.map(({ listing, quantity }) => [nameOf(listing), quantity])));
      return updates.map(() => ({ status: "accepted" }));
    },
  };
  lane = createLane(
    world.parts,
    { ...open, session },
    {
      buckets: { notAmong: [] },
      listingsPerCall: LISTINGS_PER_CALL,
      hold: { begin: async () => undefined, turnAway: async (items) => items.forEach(giveBack) },
      onUnauthorized: async () => undefined,
    },
  );
  return async () => {
    await lane.close();
    await open.close();
  };
});

const push = (name: string) => lane.add({ listingId: ids.get(name) ?? "", priority: 2 });
const giveBack = (item: { answer(result: { readonly status: "held" }): void }) => item.answer({ status: "held" });
const all = () => Object.fromEntries(written.flatMap((call) => [...call]));

describe("a lane", () => {
  it("shows 0 of what sold out without reading it, and pushes the others, while the channel can't be read", async () => {
    read = () => ({ status: "unread", code: "25001", message: "A system error has occurred." });
    await world.store.query(
      "update sync_state set shown_quantity = null where desired_quantity = 0 and listing_id = any($1)",
      [[...ids.values()]],
    );
    expect(await push(LOWERED)).toEqual({ status: "done" });
    expect(all()).toEqual({ "SOLD-OUT-1": 0, "SOLD-OUT-2": 0, "SOLD-OUT-3": 0, LOWERED: 8 });
  });
});
