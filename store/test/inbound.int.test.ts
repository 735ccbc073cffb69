import { createHash, randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  emptyDeliveries,
  finishDelivery,
  ledgerLocationOf,
  loadDelivery,
  openDeliveries,
  resolveOrderItems,
  reviseOffer,
  setChannelStatus,
  storeDeliveries,
  storeDelivery,
  recentPushes,
  summarizeChannel,
  summarizeChannels,
  upsertListings,
  type NewDelivery,
} from "../src/index.ts";
import { claim, connect, follow, imported, list, merchantId, push, settle, useSharedStore } from "./fixtures.ts";

const its = useSharedStore();

const delivery = {
  deliveryId: "d-1",
  topic: "orders/create",
  headers: { "x-topic": "orders/create" },
  body: Uint8Array.from([0, 255, 10]),
};

describe("the inbox", () => {
  it("stores a delivery once, byte for byte, and counts its redeliveries", async () => {
    const { channelId } = await connect(its.pool);
    const first = await storeDelivery(its.pool, channelId, delivery);
    expect(first.duplicate).toBe(false);
    const again = await Promise.all([1, 2, 3].map(() => storeDelivery(its.pool, channelId, delivery)));
    for (const one of again) expect(one).toEqual({ inboxId: first.inboxId, duplicate: true });
    const stored = await loadDelivery(its.pool, first.inboxId);
    expect(stored).toMatchObject({ channelId, status: "received", attempts: 0 });
    expect(stored?.delivery).toMatchObject({ deliveryId: "d-1", headers: delivery.headers });
    expect(Uint8Array.from(stored?.delivery.body ?? [])).toEqual(delivery.body);
  });

  it("stores several at once, byte for byte, and tells of each whether it was there; or none when one can't be stored", async () => {
    const { channelId } = await connect(its.pool);
    const named = (deliveryId: string, told: Partial<NewDelivery> = {}) => ({
      ...delivery,
      channelId,
      deliveryId,
      body: Buffer.from(deliveryId),
      ...told,
    });
    const known = await storeDelivery(its.pool, channelId, named("m"));
    const stored = await storeDeliveries(
      its.pool,
      ["z", "m", "a"].map((id) => named(id)),
    );
    expect(stored.map(({ duplicate }) => duplicate)).toEqual([false, true, false]);
    expect(stored[1]?.inboxId).toBe(known.inboxId);
    const found = await Promise.all(stored.map(({ inboxId }) => loadDelivery(its.pool, inboxId)));
    expect(found.map((one) => String(one?.delivery.body))).toEqual(["z", "m", "a"]);
    const gone = named("b", { channelId: randomUUID() });
    await expect(storeDeliveries(its.pool, [named("c"), gone])).rejects.toMatchObject({ code: "unknown_channel" });
    expect((await storeDelivery(its.pool, channelId, named("c"))).duplicate).toBe(false);
  });

  it("knows a delivery again whose id holds half a character, which the database keeps as another", async () => {
    const { channelId } = await connect(its.pool);
    const odd = { ...delivery, deliveryId: "order \ud83d" };
    const first = await storeDelivery(its.pool, channelId, odd);
    expect(await storeDelivery(its.pool, channelId, odd)).toEqual({ inboxId: first.inboxId, duplicate: true });
  });

  it("keeps open what was not processed, and never opens again what was", async () => {
    const { channelId } = await connect(its.pool);
    const ids: number[] = [];
    for (const deliveryId of ["a", "b", "c"]) {
      ids.push((await storeDelivery(its.pool, channelId, { ...delivery, deliveryId })).inboxId);
    }
    const [done, failed, dead] = ids;
    await finishDelivery(its.pool, done ?? 0, { status: "processed" });
    await finishDelivery(its.pool, done ?? 0, { status: "failed", error: "late" });
    await finishDelivery(its.pool, failed ?? 0, { status: "failed", error: "ledger away" });
    await finishDelivery(its.pool, dead ?? 0, { status: "dead", error: "no order id" });
    const open = await openDeliveries(its.pool, { limit: 100, olderThanSeconds: 0 });
    expect(open.filter((inboxId) => ids.includes(inboxId))).toEqual([failed]);
    expect(await openDeliveries(its.pool, { limit: 100, olderThanSeconds: 60 })).toEqual([]);
  });

  it("tells the oldest open ones of each channel, so that one's many hide no other's", async () => {
    const one = await connect(its.pool);
    const other = await connect(its.pool);
    const store = async ({ channelId }: { readonly channelId: string }, deliveryId: string) =>
      (await storeDelivery(its.pool, channelId, { ...delivery, deliveryId })).inboxId;
    const many = [await store(one, "1"), await store(one, "2"), await store(one, "3")];
    const few = await store(other, "1");
    const told = await openDeliveries(its.pool, { limit: 2, olderThanSeconds: 0 });
    expect(told.filter((inboxId) => [...many, few].includes(inboxId))).toEqual([...many.slice(0, 2), few]);
  });

  it("tells what waits for its channel to be connected again once it is, and what need not wait before", async () => {
    const { channelId } = await connect(its.pool);
    await setChannelStatus(its.pool, channelId, "needs_reconnect", "The token was revoked.");
    const store = async (deliveryId: string) =>
      (await storeDelivery(its.pool, channelId, { ...delivery, deliveryId })).inboxId;
    const hint = await store("hint");
    const whole = await store("whole");
    await finishDelivery(its.pool, hint, { status: "waiting", error: "No call is made." });
    const told = async (limit: number) =>
      (await openDeliveries(its.pool, { limit, olderThanSeconds: 0 })).filter((id) => id === hint || id === whole);
    expect(await told(1)).toEqual([whole]);
    await setChannelStatus(its.pool, channelId, "active", null);
    expect(await told(1)).toEqual([hint]);
    expect(await told(2)).toEqual([hint, whole]);
  });

  it("gives deliveries that named something unmapped another try when an import maps something, and no others", async () => {
    const channel = await connect(its.pool);
    const elsewhere = await connect(its.pool);
    await list(its.pool, channel, "KNOWN");
    const kill = async (channelId: string, deliveryId: string, code?: "unmapped") => {
      const { inboxId } = await storeDelivery(its.pool, channelId, { ...delivery, deliveryId });
      await finishDelivery(its.pool, inboxId, { status: "dead", error: "no listing", ...(code && { code }) });
      return inboxId;
    };
    const unmapped = await kill(channel.channelId, "unmapped", "unmapped");
    const refused = await kill(channel.channelId, "refused");
    const others = await kill(elsewhere.channelId, "unmapped", "unmapped");
    const statuses = () =>
      Promise.all([unmapped, refused, others].map(async (inboxId) => (await loadDelivery(its.pool, inboxId))?.status));

    await list(its.pool, channel, "KNOWN", { title: "Another title" });
    expect(await statuses()).toEqual(["dead", "dead", "dead"]);
    await list(its.pool, channel, "NEW");
    expect(await statuses()).toEqual(["received", "dead", "dead"]);
    expect(await openDeliveries(its.pool, { limit: 100, olderThanSeconds: 0 })).toContain(unmapped);

    await finishDelivery(its.pool, unmapped, { status: "dead", error: "no listing", code: "unmapped" });
    await list(its.pool, channel, "RENAMED", { externalId: "external-KNOWN", lineRef: "ref-KNOWN" });
    expect(await statuses()).toEqual(["received", "dead", "dead"]);
  });

  it("gives them another try when it is said which ledger location a place of the channel is", async () => {
    const channel = await connect(its.pool);
    const { inboxId } = await storeDelivery(its.pool, channel.channelId, { ...delivery, deliveryId: "till-7" });
    const die = () => finishDelivery(its.pool, inboxId, { status: "dead", error: "till-7", code: "unmapped" });
    const status = async () => (await loadDelivery(its.pool, inboxId))?.status;

    await die();
    await reviseOffer(its.pool, channel.channelId, { allocation: { cap: 1 } });
    expect(await status()).toBe("dead");
    await reviseOffer(its.pool, channel.channelId, {
      locations: [{ locationId: "STORE-1", externalLocationId: "till-7" }],
    });
    expect(await status()).toBe("received");
    await die();
    await reviseOffer(its.pool, channel.channelId, { defaultLocationId: "till-7" });
    expect(await status()).toBe("received");
  });

  it("empties what was processed days ago, step by step, and keeps its ids and a hash of it", async () => {
    const { channelId } = await connect(its.pool);
    const body = Buffer.from('{"metadata":{"topic":"MARKETPLACE_ACCOUNT_DELETION"},"buyer":"Ada"}');
    const keep = async (deliveryId: string, days: number, outcome: Parameters<typeof finishDelivery>[2] | null) => {
      const { inboxId } = await storeDelivery(its.pool, channelId, { ...delivery, deliveryId, body });
      if (outcome) await finishDelivery(its.pool, inboxId, outcome);
      await its.pool.query(
        `update inbox set received_at = now() - make_interval(days => $2),
           processed_at = processed_at - make_interval(days => $2) where inbox_id = $1`,
        [inboxId, days],
      );
      return inboxId;
    };
    const old = [await keep("oldest", 9, { status: "processed" }), await keep("old", 8, { status: "processed" })];
    const kept = [
      await keep("young", 6, { status: "processed" }),
      await keep("open", 30, null),
      await keep("failed", 30, { status: "failed", error: "ledger away" }),
      await keep("dead", 30, { status: "dead", error: "no listing", code: "unmapped" }),
    ];
    const bodies = (ids: readonly number[]) =>
      Promise.all(
        ids.map(async (id) => Buffer.from((await loadDelivery(its.pool, id))?.delivery.body ?? []).toString()),
      );

    expect(await emptyDeliveries(its.pool, { olderThanDays: 7, limit: 1 })).toBe(1);
    expect(await bodies(old)).toEqual(["", body.toString()]);
    expect(await emptyDeliveries(its.pool, { olderThanDays: 7, limit: 100 })).toBe(1);
    expect(await emptyDeliveries(its.pool, { olderThanDays: 7, limit: 100 })).toBe(0);
    expect(await bodies(old)).toEqual(["", ""]);
    expect(await bodies(kept)).toEqual(kept.map(() => body.toString()));

    const { rows } = await its.pool.query("select body_sha256 from inbox where inbox_id = any($1)", [old]);
    for (const row of rows) expect(row.body_sha256).toEqual(createHash("sha256").update(body).digest());
    const again = await storeDelivery(its.pool, channelId, { ...delivery, deliveryId: "old", body });
    expect(again).toEqual({ inboxId: old[1], duplicate: true });
    expect(await loadDelivery(its.pool, again.inboxId)).toMatchObject({ status: "processed" });
    expect(await bodies(old)).toEqual(["", ""]);
  });

  it("finds what to empty by its index, however much is empty already", async () => {
    const client = await its.pool.connect();
    try {
      await client.query("set enable_seqscan = off");
      const { rows } = await client.query(
        `explain select inbox_id from inbox where status = 'processed' and body_sha256 is null
           and processed_at < now() - make_interval(days => 7) order by processed_at limit 100 for update skip locked`,
      );
      expect(JSON.stringify(rows)).toContain("inbox_bodies");
    } finally {
      client.release(true);
    }
  });

  it("refuses a channel that is not there", async () => {
    const nowhere = "00000000-0000-4000-8000-000000000000";
    await expect(storeDelivery(its.pool, nowhere, delivery)).rejects.toMatchObject({ code: "unknown_channel" });
  });
});

describe("order lines", () => {
  it("are resolved by the most specific ref, then by SKU, and never by a guess", async () => {
    const channel = await connect(its.pool);
    await upsertListings(its.pool, channel, [
      imported("RED", { externalId: "1", lineRef: "variant-1" }),
      imported("RED", { externalId: "1", externalLocationId: "node-2", lineRef: "variant-1" }),
      imported("BLUE", { externalId: "2", lineRef: "item-9" }),
      imported("GREEN", { externalId: "3", lineRef: "item-9" }),
    ]);
    const resolved = await resolveOrderItems(its.pool, channel.channelId, [
      { refs: ["variant-1", "item-9"], sku: "BLUE" },
      { refs: ["unknown", "variant-1"], sku: null },
      { refs: ["item-9"], sku: "BLUE" },
      { refs: ["unknown"], sku: "GREEN" },
      { refs: [], sku: "NOT-LISTED" },
      { refs: [], sku: null },
    ]);
    expect(resolved).toEqual(["RED", "RED", null, "GREEN", null, null]);
  });

  it("take their units from the location mapped to the channel's, else from the channel's default", () => {
    const channel = { defaultLocationId: "WH1" };
    const locations = [
      { locationId: "WH2", externalLocationId: "node-2" },
      { locationId: "WH0", externalLocationId: "node-1" },
      { locationId: "WH1", externalLocationId: "node-1" },
      { locationId: "WH3", externalLocationId: null },
    ];
    expect(ledgerLocationOf(channel, locations, "node-2")).toBe("WH2");
    expect(ledgerLocationOf(channel, locations, "node-1")).toBe("WH1");
    expect(ledgerLocationOf(channel, locations, "node-9")).toBe("WH1");
    expect(ledgerLocationOf(channel, locations, null)).toBe("WH1");
  });
});

describe("channels", () => {
  it("tell the merchant of a changed status once", async () => {
    const { channelId } = await connect(its.pool);
    expect(await setChannelStatus(its.pool, channelId, "needs_reconnect", "The token was revoked.")).toBe(true);
    expect(await setChannelStatus(its.pool, channelId, "needs_reconnect", "The token was revoked.")).toBe(false);
  });

  it("are summed up: listings in sync and behind, refused, and such that can't be synced or were not heard of", async () => {
    const channel = await connect(its.pool);
    const skus = ["S1", "S2", "S3", "S4", "S5", "S6", "S7"];
    const unsupported = { unsupported: "bundle" };
    const ids = new Map<string, string>();
    for (const sku of skus) {
      ids.set(sku, await list(its.pool, channel, sku, ["S3", "S7"].includes(sku) ? unsupported : {}));
    }
    const id = (sku: string) => ids.get(sku) ?? "";
    const counted = () => summarizeChannel(its.pool, channel.channelId);
    expect(await counted()).toMatchObject({ listings: 7, inSync: 0, behind: 0, refused: 0, unsupported: 2 });

    for (const sku of ["S1", "S2", "S3", "S5", "S6"]) its.ledger.receive(sku, 4);
    await follow(its.pool, its.ledger);
    await push(its.pool, channel, id("S1"));
    await settle(its.pool, await claim(its.pool, channel, id("S5")), {
      status: "rejected",
      code: "no",
      message: "No.",
    });
    await claim(its.pool, channel, id("S6"));
    expect(await counted()).toMatchObject({ listings: 7, inSync: 1, behind: 2, refused: 1, unsupported: 2 });
    expect(await summarizeChannels(its.pool, merchantId)).toContainEqual(await counted());

    await list(its.pool, channel, "S3");
    await list(its.pool, channel, "S7");
    await list(its.pool, channel, "S1", unsupported);
    await list(its.pool, channel, "S4", unsupported);
    expect(await counted()).toMatchObject({ listings: 7, inSync: 0, behind: 3, refused: 1, unsupported: 2 });
  });

  it("tell how many calls they got in the last hour, and when the newest was accepted", async () => {
    const channel = await connect(its.pool);
    const recent = () => recentPushes(its.pool, channel.channelId);
    expect(await recent()).toEqual({ pushes: 0, lastAcceptedAt: null });
    const id = await list(its.pool, channel, "R1");
    its.ledger.receive("R1", 4);
    await follow(its.pool, its.ledger);
    const answeredAt = new Date(Date.now() - 2_000);
    await settle(its.pool, await claim(its.pool, channel, id), { status: "accepted" }, { answeredAt });
    its.ledger.receive("R1", 1);
    await follow(its.pool, its.ledger);
    await settle(its.pool, await claim(its.pool, channel, id), { status: "failed", message: "no answer" });
    expect(await recent()).toEqual({ pushes: 2, lastAcceptedAt: answeredAt });
    await its.pool.query("update push set answered_at = answered_at - interval '1 hour'");
    expect(await recent()).toEqual({ pushes: 0, lastAcceptedAt: null });
  });
});
