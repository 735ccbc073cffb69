import { createLogger } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import type { SimulatedKind, Simulator } from "@lastunit/simulators";
import type { Shop } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buy, openMarketplace, pollAsOperator, type Marketplace, type Merchant } from "./marketplace.ts";
import { connectPointOfSale } from "./pos.ts";

const kinds: readonly SimulatedKind[] = ["shopify", "amazon", "ebay", "walmart"];
/** Every case has a SKU of its own, so that none can mend what another broke. */
const UNITS = { BOOK: 20, CLOCK: 20, DESK: 20, HAT: 20, LAMP: 20, MUG: 20, "1e5": 20, POT: 20, RUG: 20, TOY: 20 };

describe("Lastunit in one process, its jobs in PostgreSQL", { timeout: 300_000 }, () => {
  let market: Marketplace;
  let acme: Merchant;
  beforeAll(async () => {
    market = await openMarketplace();
    acme = await market.open("acme", UNITS);
  });
  afterAll(() => market?.stop());

  /** The ledger's sales of a SKU, by the channel they came from. */
  const salesOf = async (sku: string) =>
    (await acme.events(sku)).filter((event) => event.event_type === "inventory.sale").map((event) => event.source);

  it("shows a sale on one channel on the other three, and has it once", async () => {
    let left = UNITS.BOOK;
    for (const kind of kinds) {
      await buy(acme.shops[kind], [{ sku: "BOOK", quantity: 2 }]);
      left -= 2;
      await acme.shows({ BOOK: left });
    }
    expect(await salesOf("BOOK")).toEqual(kinds);
  });

  it("counts a sale once that is told three times", async () => {
    for (const kind of kinds) await buy(acme.shops[kind], [{ sku: "CLOCK", quantity: 1 }], { notify: { copies: 3 } });
    await acme.shows({ CLOCK: 16 });
    expect((await salesOf("CLOCK")).toSorted()).toEqual(kinds.toSorted());
  });

  it("takes a sale that is told late off what was sold elsewhere meanwhile", async () => {
    for (const kind of kinds) await buy(acme.shops[kind], [{ sku: "DESK", quantity: 1 }], { notify: { delayMs: 700 } });
    await acme.record("inventory.sale", "DESK", 5);
    await acme.shows({ DESK: 11 });
    expect((await salesOf("DESK")).toSorted()).toEqual([...kinds, "till"].toSorted());
  });

  it("puts units back when a cancellation is told before the order", async () => {
    const { shopify, walmart } = acme.shops;
    const created = countTold(shopify, "orders/create");
    const updated = countTold(walmart, "ORDER_UPDATES");
    for (const shop of [shopify, walmart]) {
      const orderId = await buy(shop, [{ sku: "HAT", quantity: 3 }], { notify: { delayMs: 600 } });
      await shop.simulator.cancelOrder(shop.account, orderId);
    }
    // Walmart tells of the order and of its cancellation under one topic.
    await market.deployment.until(
      "the orders themselves were told, after their cancellations",
      () => countTold(shopify, "orders/create") === created + 1 && countTold(walmart, "ORDER_UPDATES") === updated + 2,
    );
    // Told after everything above, and by the same channels.
    for (const shop of [shopify, walmart]) await buy(shop, [{ sku: "HAT", quantity: 1 }]);
    // Told first is not recorded first: with none of the cancelled orders the units would be the same.
    await market.deployment.until("every sale is recorded", async () => (await salesOf("HAT")).length === 4);
    await acme.shows({ HAT: 18 });
    const changes = (await acme.events("HAT")).map((event) => event.on_hand_change);
    expect(changes.filter((change) => change < 0).toSorted((a, b) => a - b)).toEqual([-3, -3, -1, -1]);
  });

  it("finds a sale that was never told by polling", async () => {
    for (const kind of kinds) await buy(acme.shops[kind], [{ sku: "LAMP", quantity: 1 }], { notify: { copies: 0 } });
    for (const kind of kinds) await pollAsOperator(market.deployment, acme.shops[kind]);
    await acme.shows({ LAMP: 16 });
    expect((await salesOf("LAMP")).toSorted()).toEqual(kinds.toSorted());
  });

  it("asks for orders at once when a push finds units gone that nobody told of", async () => {
    await buy(acme.shops.shopify, [{ sku: "MUG", quantity: 4 }], { notify: { copies: 0 } });
    await acme.record("inventory.sale", "MUG", 1);
    await acme.shows({ MUG: 15 });
    expect((await salesOf("MUG")).toSorted()).toEqual(["shopify", "till"]);
  });

  it("holds the units of a pending Amazon order, and gives them back when it is cancelled", async () => {
    const { amazon } = acme.shops;
    const orderId = await buy(amazon, [{ sku: "1e5", quantity: 5 }], { pending: true });
    await pollAsOperator(market.deployment, amazon);
    await acme.shows({ "1e5": 15 });
    const books = async () => (await market.ledger.stock("acme", ["1e5"])).stock[0];
    expect(await books()).toMatchObject({ on_hand: 20, reserved: 5 });
    await amazon.simulator.cancelOrder(amazon.account, orderId);
    await acme.shows({ "1e5": 20 });
    expect(await books()).toMatchObject({ on_hand: 20, reserved: 0 });
  });

  it("keeps an order of an unknown SKU as a dead letter that says why, records its other lines and goes on", async () => {
    const { shopify } = acme.shops;
    await forgetListing(market, shopify.channelId, "POT");
    await buy(shopify, [
      { sku: "RUG", quantity: 1 },
      { sku: "POT", quantity: 1 },
    ]);
    await acme.shows({ RUG: 19 });
    const reasons = await market.deployment.until("the delivery is a dead letter", async () => {
      const dead = await deadLetters(market, "inbound");
      return dead.length > 0 ? dead : undefined;
    });
    // A poll may have found it as well by now.
    const unknown = expect.stringMatching(/no listing of this channel is known as .*POT/);
    expect(reasons).toEqual(reasons.map(() => unknown));
    await buy(shopify, [{ sku: "RUG", quantity: 1 }]);
    await acme.shows({ RUG: 18 });
  });

  it("takes a sale at the till, told by a signed webhook, off every channel once", async () => {
    const till = await connectPointOfSale(market.deployment, "acme");
    const sale = { id: "receipt-1", sku: "TOY", quantity: 2 };
    expect(await till.sellForged(sale)).toBe(401);
    expect(await till.sell(sale)).toBe(200);
    expect(await till.sell(sale)).toBe(200);
    await acme.shows({ TOY: 18 });
    expect(await salesOf("TOY")).toEqual(["webhook"]);
  });

  it("pauses only the channel whose access was taken away, and says that it must be connected again", async () => {
    const birch = await market.open("birch", { VASE: 9 });
    birch.shops.ebay.simulator.fault({ account: "birch", effect: { type: "revoke" } });
    await birch.record("inventory.sale", "VASE", 1);
    const channels = async () =>
      (await market.deployment.gateway<Channels>("GET", "/v1/channels", { merchantId: "birch" })).channels;
    const told = await market.deployment.until("eBay must be connected again", async () =>
      (await channels()).find(({ status }) => status === "needs_reconnect"),
    );
    expect(told).toMatchObject({ kind: "ebay", status_reason: expect.stringMatching(/\w/) });
    await buy(birch.shops.walmart, [{ sku: "VASE", quantity: 1 }]);
    const { ebay, ...others } = birch.shops;
    await market.deployment.until("the others go on", () =>
      Object.values(others).every(({ simulator }) => simulator.stock("birch")[0]?.available === 7),
    );
    expect(ebay.simulator.stock("birch")[0]?.available).toBe(9);
    expect((await channels()).filter(({ status }) => status === "active")).toHaveLength(kinds.length - 1);
    // Another merchant on the same channel does not notice.
    await acme.record("inventory.sale", "BOOK", 1);
    await acme.shows({ BOOK: 11 });
  });
});

interface Channels {
  readonly channels: readonly {
    readonly kind: string;
    readonly status: string;
    readonly status_reason: string | null;
  }[];
}

/** How many notifications of a topic the channel sent that were taken. */
function countTold({ simulator, account }: Shop<Simulator>, topic: string): number {
  return simulator
    .history(account)
    .filter((event) => event.type === "notified" && event.topic === topic && event.status === 200).length;
}

/** The simulators list nothing new after an account was opened, so the import is made to have missed one. */
async function forgetListing({ storeDatabaseUrl }: Marketplace, channelId: string, sku: string): Promise<void> {
  const log = createLogger({ name: "test", level: "silent" });
  const store = createPool({ connectionString: storeDatabaseUrl, name: "test", log });
  await store.query("delete from listing where channel_id = $1 and sku = $2", [channelId, sku]);
  await store.end();
}

/** Why jobs of a queue failed for good, as an operator reads it on the queues' board. */
async function deadLetters({ deployment }: Marketplace, queue: string): Promise<string[]> {
  const { queues } = await deployment.gateway<{ queues: { name: string; jobs: { failedReason: string }[] }[] }>(
    "GET",
    `/ops/queues/api/queues?activeQueue=${queue}&status=failed&page=1&jobsPerPage=10`,
  );
  return queues.filter(({ name }) => name === queue).flatMap(({ jobs }) => jobs.map((job) => job.failedReason));
}
