import { createOutbound, type CallContext, type ChannelSession } from "@lastunit/adapter-contract";
import { createLogger, createVault, createVaultKey } from "@lastunit/config";
import { claimPushes, listingsBehind, settlePushes } from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openChannel } from "../channels/open-channel.ts";
import { startWorld, type World } from "../testing/world.ts";
import { startConfirmer } from "./confirmer.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld("amazon", "postgres");
});
afterAll(() => world.stop());

describe("the confirmer", () => {
  it("reads back in the background, so that it never holds up a push", async () => {
    const shop = await world.connect([{ sku: "CAP", quantity: 9 }]);
    const { channelId } = shop.channel;
    await shop.sellElsewhere("CAP", 1);
    await until("it is behind", async () => (await listingsBehind(world.store, 10)).length === 1);
    const ids = (await listingsBehind(world.store, 10)).map(({ listingId }) => listingId);
    const { claimed } = await claimPushes(world.store, channelId, ids, 30, {
      atMost: ids.length,
      soldOutToo: false,
      buckets: { notAmong: [] },
    });
    const now = new Date();
    await settlePushes(
      world.store,
      claimed.map((one) => ({ ...one, requestedAt: now, answeredAt: now, outcome: { status: "accepted" } })),
    );
    await world.store.query("update sync_state set confirm_at = now() where confirm_at is not null");

    const log = createLogger({ name: "test", level: "silent" });
    const { store, queues } = world;
    const outbound = createOutbound({ endpoints: {}, log });
    const parts = { store, queues, outbound, vault: createVault(createVaultKey()), log };
    const told = { ...parts, stopping: new AbortController().signal };
    const opened = openChannel(told, shop.channel);
    const urgencies: CallContext["urgency"][] = [];
    const session: ChannelSession = {
      ...opened.session,
      async readInventory(listings, { urgency }) {
        urgencies.push(urgency);
        return listings.map(() => ({ status: "read", available: 8, reserved: null }));
      },
    };
    const confirmer = startConfirmer(told, { ...opened, session }, () => Promise.resolve());
    await until("it has read", () => urgencies.length > 0);
    await confirmer.close();
    await opened.close();
    expect(urgencies).toEqual(["background"]);
  });
});
