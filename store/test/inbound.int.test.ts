import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  finishDelivery,
  ledgerLocationOf,
  loadDelivery,
  openDeliveries,
  resolveOrderItems,
  setChannelStatus,
  storeDelivery,
  summarizeChannels,
  upsertListings,
} from "../src/index.ts";
import {
  connect,
  follow,
  imported,
  list,
  merchantId,
  openStore,
  push,
  startTestPostgres,
  TestLog,
  type TestPostgres,
} from "./fixtures.ts";

let postgres: TestPostgres;
let pool: Pool;

beforeAll(async () => {
  postgres = await startTestPostgres();
  pool = await openStore(postgres);
});
afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

const delivery = {
  deliveryId: "d-1",
  topic: "orders/create",
  headers: { "x-topic": "orders/create" },
  body: Uint8Array.from([0, 255, 10]),
};

describe("the inbox", () => {
  it("stores a delivery once, byte for byte, and counts its redeliveries", async () => {
    const { channelId } = await connect(pool);
    const first = await storeDelivery(pool, channelId, delivery);
    expect(first.duplicate).toBe(false);
    const again = await Promise.all([1, 2, 3].map(() => storeDelivery(pool, channelId, delivery)));
    for (const one of again) expect(one).toEqual({ inboxId: first.inboxId, duplicate: true });
    const stored = await loadDelivery(pool, first.inboxId);
    expect(stored).toMatchObject({ channelId, status: "received", attempts: 0 });
    expect(stored?.delivery).toMatchObject({ deliveryId: "d-1", headers: delivery.headers });
    expect(Uint8Array.from(stored?.delivery.body ?? [])).toEqual(delivery.body);
  });

  it("keeps open what was not processed, and never opens again what was", async () => {
    const { channelId } = await connect(pool);
    const ids: number[] = [];
    for (const deliveryId of ["a", "b", "c"]) {
      ids.push((await storeDelivery(pool, channelId, { ...delivery, deliveryId })).inboxId);
    }
    const [done, failed, dead] = ids;
    await finishDelivery(pool, done ?? 0, { status: "processed" });
    await finishDelivery(pool, done ?? 0, { status: "failed", error: "late" });
    await finishDelivery(pool, failed ?? 0, { status: "failed", error: "ledger away" });
    await finishDelivery(pool, dead ?? 0, { status: "dead", error: "no order id" });
    const open = await openDeliveries(pool, { limit: 100, olderThanSeconds: 0 });
    expect(open.filter((inboxId) => ids.includes(inboxId))).toEqual([failed]);
    expect(await openDeliveries(pool, { limit: 100, olderThanSeconds: 60 })).toEqual([]);
  });

  it("gives deliveries that named something unmapped another try when an import maps something, and no others", async () => {
    const channel = await connect(pool);
    const elsewhere = await connect(pool);
    await list(pool, channel, "KNOWN");
    const kill = async (channelId: string, deliveryId: string, code?: "unmapped") => {
      const { inboxId } = await storeDelivery(pool, channelId, { ...delivery, deliveryId });
      await finishDelivery(pool, inboxId, { status: "dead", error: "no listing", ...(code && { code }) });
      return inboxId;
    };
    const unmapped = await kill(channel.channelId, "unmapped", "unmapped");
    const refused = await kill(channel.channelId, "refused");
    const others = await kill(elsewhere.channelId, "unmapped", "unmapped");
    const statuses = () =>
      Promise.all([unmapped, refused, others].map(async (inboxId) => (await loadDelivery(pool, inboxId))?.status));

    await list(pool, channel, "KNOWN", { title: "Another title" });
    expect(await statuses()).toEqual(["dead", "dead", "dead"]);
    await list(pool, channel, "NEW");
    expect(await statuses()).toEqual(["received", "dead", "dead"]);
    expect(await openDeliveries(pool, { limit: 100, olderThanSeconds: 0 })).toContain(unmapped);

    await finishDelivery(pool, unmapped, { status: "dead", error: "no listing", code: "unmapped" });
    await list(pool, channel, "RENAMED", { externalId: "external-KNOWN", lineRef: "ref-KNOWN" });
    expect(await statuses()).toEqual(["received", "dead", "dead"]);
  });

  it("refuses a channel that is not there", async () => {
    const nowhere = "00000000-0000-4000-8000-000000000000";
    await expect(storeDelivery(pool, nowhere, delivery)).rejects.toMatchObject({ code: "unknown_channel" });
  });
});

describe("order lines", () => {
  it("are resolved by the most specific ref, then by SKU, and never by a guess", async () => {
    const channel = await connect(pool);
    await upsertListings(pool, channel, [
      imported("RED", { externalId: "1", lineRef: "variant-1" }),
      imported("RED", { externalId: "1", externalLocationId: "node-2", lineRef: "variant-1" }),
      imported("BLUE", { externalId: "2", lineRef: "item-9" }),
      imported("GREEN", { externalId: "3", lineRef: "item-9" }),
    ]);
    const resolved = await resolveOrderItems(pool, channel.channelId, [
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
    const { channelId } = await connect(pool);
    expect(await setChannelStatus(pool, channelId, "needs_reconnect", "The token was revoked.")).toBe(true);
    expect(await setChannelStatus(pool, channelId, "needs_reconnect", "The token was revoked.")).toBe(false);
  });

  it("are summed up: listings in sync and behind, pushes and how long they took", async () => {
    const ledger = new TestLog();
    const channel = await connect(pool);
    const shown = await list(pool, channel, "S1");
    await list(pool, channel, "S2");
    await list(pool, channel, "S3", { unsupported: "bundle" });
    await list(pool, channel, "S4");
    for (const sku of ["S1", "S2", "S3"]) ledger.receive(sku, 4);
    await follow(pool, ledger);
    await push(pool, channel, shown);
    const summaries = await summarizeChannels(pool, merchantId);
    const found = summaries.find((summary) => summary.channelId === channel.channelId);
    expect(found).toMatchObject({ listings: 4, inSync: 1, behind: 1, refused: 0, unsupported: 1, pushes: 1 });
    expect(found?.p50Ms).toBeGreaterThanOrEqual(0);
  });
});
