import { beforeEach, describe, expect, it } from "vitest";
import {
  clearListingError,
  currentCheckpoint,
  forgetUnseen,
  listingsBehind,
  listPushes,
  releasePushes,
  saveOrdersCursor,
  setChannelStatus,
  type Channel,
  type LedgerEvent,
  type NewChannel,
} from "../src/index.ts";
import { claim, claimAll, connect, follow, list, listing, push, settle, useStore } from "./fixtures.ts";

const its = useStore();
let channel: Channel;
let id: string;

/** A channel whose one listing of SKU A shows ten, with ten in stock. */
async function showingTen(told: Partial<NewChannel> = {}): Promise<void> {
  channel = await connect(its.pool, { channelKey: "shopify:own", ...told });
  id = await list(its.pool, channel, "A");
  its.ledger.receive("A", 10);
  await follow(its.pool, its.ledger);
  await push(its.pool, channel, id);
}

let orders = 0;
/** The ledger hears of a sale on the channel itself. */
async function hearOwnSale(quantity: number, told: Partial<LedgerEvent> = {}): Promise<void> {
  orders += 1;
  const event_id = `${channel.channelKey}:order:${orders}:line:1:sale`;
  its.ledger.sell("A", quantity, { event_id, ...told });
  await follow(its.pool, its.ledger);
}

async function sellElsewhere(quantity: number): Promise<void> {
  its.ledger.sell("A", quantity);
  await follow(its.pool, its.ledger);
}

const ownCancel = { event_id: "shopify:own:order:1:line:1:cancel", reason: "order_cancelled" };

describe("claiming", () => {
  beforeEach(() => showingTen());

  it("gives the newest target, what is believed shown and the position it is based on", async () => {
    await sellElsewhere(1);
    await sellElsewhere(2);
    const claimed = await claim(its.pool, channel, id);
    expect(claimed).toMatchObject({ quantity: 7, expected: 10, position: 3, listing: { sku: "A", listingId: id } });
    expect(claimed.recordedAt.toISOString()).toBe(its.ledger.events[2]?.recorded_at);
  });

  it("passes over a listing that shows its target", async () => {
    expect(await claimAll(its.pool, channel, [id])).toEqual({
      claimed: [],
      busy: [],
      held: [],
      left: [],
    });
  });

  it("lets one of many workers have a listing, and tells the others until when", async () => {
    await sellElsewhere(1);
    const tries = await Promise.all(Array.from({ length: 6 }, () => claimAll(its.pool, channel, [id])));
    expect(tries.flatMap((one) => one.claimed)).toHaveLength(1);
    const busy = tries.flatMap((one) => one.busy);
    expect(busy).toHaveLength(5);
    for (const one of busy) {
      expect(one.listingId).toBe(id);
      expect(one.busyUntil.getTime()).toBeGreaterThan(Date.now());
    }
  });

  it("takes over a claim that ran out, and then expects nothing", async () => {
    await sellElsewhere(1);
    await claimAll(its.pool, channel, [id], { leaseSeconds: 0 });
    expect(await listingsBehind(its.pool, 10)).toMatchObject([{ listingId: id }]);
    expect(await claim(its.pool, channel, id)).toMatchObject({ quantity: 9, expected: null });
  });

  it("is refused while the channel is paused", async () => {
    await sellElsewhere(1);
    await setChannelStatus(its.pool, channel.channelId, "paused", "by the merchant");
    expect((await claimAll(its.pool, channel, [id])).claimed).toEqual([]);
    expect(await listingsBehind(its.pool, 10)).toEqual([]);
  });

  it("can be given back when nothing was sent", async () => {
    await sellElsewhere(1);
    await releasePushes(its.pool, [await claim(its.pool, channel, id)]);
    expect(await claim(its.pool, channel, id)).toMatchObject({ quantity: 9, expected: 10 });
  });
});

describe("settling", () => {
  beforeEach(() => showingTen());

  it("an accepted push shows its quantity and is recorded with its position", async () => {
    await sellElsewhere(1);
    await push(its.pool, channel, id);
    expect(await listing(its.pool, id)).toMatchObject({ shown: 9, shownPosition: 2 });
    expect(await listPushes(its.pool, id, 1)).toMatchObject([{ quantity: 9, position: 2, outcome: "accepted" }]);
    expect(await listingsBehind(its.pool, 10)).toEqual([]);
  });

  it("leaves a listing behind whose target moved while its push was in flight", async () => {
    await sellElsewhere(1);
    const claimed = await claim(its.pool, channel, id);
    await sellElsewhere(1);
    await settle(its.pool, claimed, { status: "accepted" });
    expect(await listing(its.pool, id)).toMatchObject({ shown: 9, target: 8 });
  });

  it("a stale push finds the units that were sold there unseen, and keeps them off the target until they are heard", async () => {
    await sellElsewhere(1);
    await settle(its.pool, await claim(its.pool, channel, id), { status: "stale", actual: 7 });
    expect(await listing(its.pool, id)).toMatchObject({ desired: 9, shown: 7, unseenUnits: 3, target: 6 });
    await push(its.pool, channel, id);
    await hearOwnSale(3);
    expect(await listing(its.pool, id)).toMatchObject({ desired: 6, shown: 6, unseenUnits: 0, target: 6 });
  });

  it("a stale push that finds more than expected takes it as shown", async () => {
    await sellElsewhere(1);
    await settle(its.pool, await claim(its.pool, channel, id), { status: "stale", actual: 12 });
    expect(await listing(its.pool, id)).toMatchObject({ shown: 12, unseenUnits: 0, target: 9 });
  });

  it("a sale heard while its push found it is counted once", async () => {
    await sellElsewhere(1);
    const claimed = await claim(its.pool, channel, id);
    await hearOwnSale(2);
    await settle(its.pool, claimed, { status: "stale", actual: 8 });
    expect(await listing(its.pool, id)).toMatchObject({ desired: 7, shown: 8, unseenUnits: 0, target: 7 });
  });

  it("a sale heard after its push read the channel comes off what it read", async () => {
    await sellElsewhere(1);
    const claimed = await claim(its.pool, channel, id);
    await hearOwnSale(2);
    await settle(its.pool, claimed, { status: "stale", actual: 9 });
    expect(await listing(its.pool, id)).toMatchObject({ desired: 7, shown: 8, unseenUnits: 0, target: 7 });
  });

  it("a sale heard while a compared push was in flight comes off what it showed", async () => {
    await sellElsewhere(1);
    const claimed = await claim(its.pool, channel, id);
    await hearOwnSale(2);
    await settle(its.pool, claimed, { status: "accepted" });
    expect(await listing(its.pool, id)).toMatchObject({ desired: 7, shown: 7 });
  });

  it.each([
    { status: "failed", message: "timeout" },
    { status: "retry", code: "500", message: "system error" },
    { status: "stale", actual: null },
  ] as const)("after $status what is shown is unknown, and the next push is a full one", async (outcome) => {
    await sellElsewhere(1);
    await settle(its.pool, await claim(its.pool, channel, id), outcome);
    expect((await listing(its.pool, id)).shown).toBeNull();
    expect(await listingsBehind(its.pool, 10)).toMatchObject([{ listingId: id, priority: 3 }]);
    expect(await claim(its.pool, channel, id)).toMatchObject({ expected: null, quantity: 9 });
  });

  it("a rejected listing shows the channel's words and waits for its next change", async () => {
    await sellElsewhere(1);
    await settle(its.pool, await claim(its.pool, channel, id), {
      status: "rejected",
      code: "KIT",
      message: "a kit parent",
    });
    expect(await listing(its.pool, id)).toMatchObject({ shown: 10, errorCode: "KIT", errorMessage: "a kit parent" });
    expect(await listingsBehind(its.pool, 10)).toEqual([]);
    await clearListingError(its.pool, id);
    expect(await listingsBehind(its.pool, 10)).toHaveLength(1);
    await settle(its.pool, await claim(its.pool, channel, id), {
      status: "rejected",
      code: "KIT",
      message: "a kit parent",
    });
    its.ledger.sell("A", 1);
    expect(await follow(its.pool, its.ledger)).toMatchObject([{ listingId: id }]);
    await push(its.pool, channel, id);
    expect(await listing(its.pool, id)).toMatchObject({ shown: 8, errorCode: null });
  });

  it("an older push that settles after a newer one changes nothing when the two did not cross", async () => {
    await sellElsewhere(1);
    const older = (await claimAll(its.pool, channel, [id], { leaseSeconds: 0 })).claimed[0];
    if (!older) throw new Error("nothing claimed");
    const old = { requestedAt: new Date(Date.now() - 9_000), answeredAt: new Date(Date.now() - 8_000) };
    await sellElsewhere(1);
    const newer = await push(its.pool, channel, id);
    await settle(its.pool, older, { status: "accepted" }, old);
    expect(await listing(its.pool, id)).toMatchObject({ shown: 8, shownPosition: newer.position });
    expect(await listPushes(its.pool, id, 10)).toHaveLength(3);
  });

  it("an older push that crossed a newer one never overwrites it: what is shown is unknown", async () => {
    await sellElsewhere(1);
    const older = (await claimAll(its.pool, channel, [id], { leaseSeconds: 0 })).claimed[0];
    if (!older) throw new Error("nothing claimed");
    const old = { requestedAt: new Date(Date.now() - 9_000), answeredAt: new Date(Date.now() + 600_000) };
    await sellElsewhere(1);
    const newer = await push(its.pool, channel, id);
    await settle(its.pool, older, { status: "accepted" }, old);
    expect(await listing(its.pool, id)).toMatchObject({ shown: null, shownPosition: newer.position });
  });

  it("an older push that was sent only after a newer one overwrote it: what is shown is unknown", async () => {
    await sellElsewhere(1);
    const older = (await claimAll(its.pool, channel, [id], { leaseSeconds: 0 })).claimed[0];
    if (!older) throw new Error("nothing claimed");
    await sellElsewhere(1);
    await push(its.pool, channel, id);
    const late = { requestedAt: new Date(Date.now() + 1_000), answeredAt: new Date(Date.now() + 2_000) };
    await settle(its.pool, older, { status: "accepted" }, late);
    expect((await listing(its.pool, id)).shown).toBeNull();
  });

  it("an older push that settles while a newer one is in flight leaves unknown what that one shows", async () => {
    await sellElsewhere(1);
    const older = (await claimAll(its.pool, channel, [id], { leaseSeconds: 0 })).claimed[0];
    if (!older) throw new Error("nothing claimed");
    const newer = await claim(its.pool, channel, id);
    await settle(its.pool, older, { status: "accepted" });
    await settle(its.pool, newer, { status: "accepted" });
    expect((await listing(its.pool, id)).shown).toBeNull();
  });

  it("settling the same claim twice changes nothing", async () => {
    await sellElsewhere(1);
    const claimed = await push(its.pool, channel, id);
    await settle(its.pool, claimed, { status: "accepted" });
    expect(await listing(its.pool, id)).toMatchObject({ shown: 9, shownPosition: 2 });
  });
});

describe("what the channel changes itself", () => {
  it("its own sale lowered its number already: nothing is left to push", async () => {
    await showingTen();
    its.ledger.sell("A", 2, { event_id: "shopify:own:order:1:line:1:sale" });
    expect(await follow(its.pool, its.ledger)).toEqual([]);
    expect(await listing(its.pool, id)).toMatchObject({ shown: 8, target: 8 });
  });

  it("its sale leaves unknown what was unknown", async () => {
    await showingTen();
    await sellElsewhere(1);
    await settle(its.pool, await claim(its.pool, channel, id), { status: "failed", message: "timeout" });
    await hearOwnSale(1);
    expect(await listing(its.pool, id)).toMatchObject({ shown: null, target: 8 });
  });

  it("a channel whose key begins alike is another channel", async () => {
    await showingTen();
    its.ledger.sell("A", 2, { event_id: "shopify:own2:order:1:line:1:sale" });
    await follow(its.pool, its.ledger);
    expect(await listing(its.pool, id)).toMatchObject({ shown: 10, target: 8 });
  });

  it("a reservation counts when it is made, not again when it is sold", async () => {
    await showingTen();
    its.ledger.add(
      "inventory.reserve",
      "A",
      { onHand: 0, reserved: 2 },
      { event_id: "shopify:own:order:1:line:1:reserve" },
    );
    its.ledger.add(
      "inventory.sale",
      "A",
      { onHand: -2, reserved: -2 },
      { event_id: "shopify:own:order:1:line:1:sale" },
    );
    await follow(its.pool, its.ledger);
    expect(await listing(its.pool, id)).toMatchObject({ shown: 8, target: 8 });
  });

  it("cancelled units are back on show where the channel restocks, and make it unknown where it does not", async () => {
    await showingTen({ restocksCancelled: true });
    await hearOwnSale(3);
    its.ledger.add("inventory.return", "A", { onHand: 3, reserved: 0 }, ownCancel);
    expect(await follow(its.pool, its.ledger)).toEqual([]);
    expect(await listing(its.pool, id)).toMatchObject({ shown: 10, target: 10 });

    channel = await connect(its.pool, { channelKey: "ebay:own", restocksCancelled: false });
    id = await list(its.pool, channel, "A");
    await follow(its.pool, its.ledger);
    await push(its.pool, channel, id);
    const event_id = "ebay:own:order:1:line:1:cancel";
    its.ledger.add("inventory.release", "A", { onHand: 0, reserved: -1 }, { event_id });
    expect(await follow(its.pool, its.ledger)).toContainEqual(expect.objectContaining({ listingId: id, shown: null }));
  });

  it("a return that is not a cancelled order changes what must be shown, not what is", async () => {
    await showingTen();
    const event_id = "shopify:own:order:1:line:1:return";
    its.ledger.add("inventory.return", "A", { onHand: 1, reserved: 0 }, { event_id, reason: "order_returned" });
    await follow(its.pool, its.ledger);
    expect(await listing(its.pool, id)).toMatchObject({ shown: 10, target: 11 });
  });

  it("a sale from before a blind write was overwritten by it, so what is shown is unknown", async () => {
    await showingTen({ comparesAndSets: false });
    await hearOwnSale(1, { timestamp: new Date(Date.now() - 60_000).toISOString() });
    expect(await listing(its.pool, id)).toMatchObject({ shown: null, target: 9 });
    await push(its.pool, channel, id);
    await hearOwnSale(1);
    expect(await listing(its.pool, id)).toMatchObject({ shown: 8, target: 8 });
  });

  it("a sale heard while a blind push was in flight leaves unknown which of the two came first", async () => {
    await showingTen({ comparesAndSets: false });
    await sellElsewhere(1);
    const claimed = await claim(its.pool, channel, id);
    await hearOwnSale(1);
    await settle(its.pool, claimed, { status: "accepted" });
    expect(await listing(its.pool, id)).toMatchObject({ shown: null, target: 8 });
  });

  it("what two listings of one SKU show is unknown after a sale, for either may have sold it", async () => {
    await showingTen();
    const twin = await list(its.pool, channel, "A", { externalId: "twin" });
    await push(its.pool, channel, twin);
    await hearOwnSale(1);
    expect(await listing(its.pool, id)).toMatchObject({ shown: null, target: 9 });
    expect(await listing(its.pool, twin)).toMatchObject({ shown: null, target: 9 });
  });

  it("units found missing on one of two listings of one SKU stay off it while what the other sold is heard", async () => {
    await showingTen();
    const twin = await list(its.pool, channel, "A", { externalId: "twin" });
    await push(its.pool, channel, twin);
    await sellElsewhere(1);
    await settle(its.pool, await claim(its.pool, channel, id), { status: "stale", actual: 7 });
    await hearOwnSale(2);
    expect(await listing(its.pool, id)).toMatchObject({ desired: 7, unseenUnits: 3, target: 4 });
    expect(await listing(its.pool, twin)).toMatchObject({ desired: 7, unseenUnits: 0, target: 7 });
  });

  it("unseen units that a complete order poll did not explain are let go of, and not before", async () => {
    await showingTen();
    await sellElsewhere(1);
    await settle(its.pool, await claim(its.pool, channel, id), { status: "stale", actual: 7 });
    const forget = (marginSeconds: number, followedUntil: Date) =>
      forgetUnseen(its.pool, { marginSeconds, followedUntil });
    const soon = new Date(Date.now() + 60_000);
    await saveOrdersCursor(its.pool, channel.channelId, "c1", new Date(Date.now() - 60_000));
    expect(await forget(0, soon)).toBe(0);
    const { readAt } = await currentCheckpoint(its.pool);
    await saveOrdersCursor(its.pool, channel.channelId, "c2", soon);
    // What the poll recorded may not have been followed.
    expect(await forget(30, readAt)).toBe(0);
    expect(await forget(30, (await currentCheckpoint(its.pool)).readAt)).toBe(1);
    expect(await listing(its.pool, id)).toMatchObject({ unseenUnits: 0, target: 9, shown: 7 });
  });
});
