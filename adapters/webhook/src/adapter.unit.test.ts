import { randomBytes } from "node:crypto";
import { createOutbound } from "@lastunit/adapter-contract";
import { callWithin, MemoryCredentials, unpaced } from "@lastunit/adapter-contract/conformance";
import { createLogger } from "@lastunit/config";
import { describe, expect, it } from "vitest";
import { webhookAdapter } from "./adapter.ts";

const secret = `whsec_${randomBytes(24).toString("base64")}`;

function open() {
  const log = createLogger({ level: "silent", name: "webhook-test" });
  return webhookAdapter.open({
    channelId: "channel-1",
    key: "webhook:pos",
    settings: { name: "POS" },
    credentials: new MemoryCredentials({ secret }),
    outbound: createOutbound({ endpoints: {}, log }),
    pacer: unpaced,
    log,
  });
}

const delivery = (movements: readonly object[]) => ({
  deliveryId: "msg-1",
  topic: "movements",
  headers: {},
  body: Buffer.from(JSON.stringify({ movements })),
  receivedAt: "2026-11-20T10:00:00.000Z",
});

describe("the webhook channel", () => {
  it("tells the movements of a delivery and nothing else", async () => {
    const sale = { id: "m-1", type: "sale", sku: "CAP", quantity: 2, occurred_at: "2026-11-20T09:59:00Z" };
    const facts = await open().normalize(delivery([sale]), callWithin());
    expect(facts).toMatchObject({ orders: [], movements: [{ key: "movement:m-1", quantity: 2 }], signals: [] });
  });

  it("rejects a stored delivery that no longer reads", async () => {
    await expect(open().normalize(delivery([]), callWithin())).rejects.toMatchObject({
      name: "ChannelError",
      failure: "rejected",
      code: "malformed_delivery",
    });
  });

  it("has no listings and no orders to ask for", async () => {
    const session = open();
    expect(webhookAdapter.capabilities.pushesInventory).toBe(false);
    expect(await session.check(callWithin())).toEqual({ ok: true, account: "POS", problems: [], renewBy: null });
    expect(await session.importListings(null, callWithin())).toEqual({ listings: [], total: 0, next: null });
    expect(await session.pollOrders(new Date(), callWithin())).toEqual({ orders: [], cursor: "", more: false });
  });

  it.each([
    ["POS Main Street", "pos-main-street"],
    ["  3PL / West! ", "3pl-west"],
  ])("shortens the name %s to %s", (name, account) => {
    expect(webhookAdapter.accountOf({ name })).toBe(account);
  });

  it("takes a secret of 24 to 64 bytes in base64 behind whsec_, and no other", () => {
    const takes = (text: string) => webhookAdapter.credentials.safeParse({ secret: text }).success;
    const encoded = (bytes: number) => `whsec_${randomBytes(bytes).toString("base64")}`;
    expect([24, 32, 64].map((bytes) => takes(encoded(bytes)))).toEqual([true, true, true]);
    expect([23, 65].map((bytes) => takes(encoded(bytes)))).toEqual([false, false]);
    expect(
      [encoded(32).slice(6), encoded(32).slice(0, -1), "whsec_not base64 at all !!!!!!!!!!!!!"].map(takes),
    ).toEqual([false, false, false]);
  });
});
