import { pushQueueName } from "@lastunit/queues";
import { startEbaySimulator } from "@lastunit/simulators";
import { listListings } from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { afterEach, expect, it } from "vitest";
import { settled, startWorld, type Connected, type World } from "../testing/world.ts";

let world: World;
afterEach(() => world.stop());

const callsTo = (operation: string, shop: Connected) =>
  world.simulator
    .history(shop.account)
    .flatMap((one) => (one.type === "call" && one.operation === operation ? [one] : []));

it("shows 0 next, while others wait for the limit: of a listing that waits, and of one whose job has not come", async () => {
  world = await startWorld("amazon", "redis");
  const skus = Array.from({ length: 120 }, (_, index) => `WAIT-${index}`);
  const shop = await world.connect([...skus, "LAST"].map((sku) => ({ sku, quantity: 9 })));
  const { channelId } = shop.channel;
  await world.work();
  await shop.sellAllElsewhere(skus, 1);
  const patches = () => callsTo("patchListingsItem", shop).map(({ path }) => path);
  const placeOf = (sku: string) => patches().findIndex((path) => path.includes(`/${sku}?`) || path.endsWith(`/${sku}`));
  await until("the burst is spent", () => patches().length >= 12);
  for (const sku of ["LAST", await takenLast(shop)]) {
    await shop.sellElsewhere(sku, (await shop.available(sku)) ?? 0);
    await until(`${sku} is known to be sold out`, async () => {
      return (await listListings(world.store, { channelId, sku, limit: 1 }))[0]?.target === 0;
    });
    const before = patches().length;
    await until(`${sku} shows 0`, () => shop.shown(sku) === 0);
    // One whose turn had come, and those that were under way.
    expect(placeOf(sku) - before).toBeLessThan(5);
  }
  expect(patches().length).toBeLessThan(skus.length);
  expect(callsTo("patchListingsItem", shop).some(({ throttled }) => throttled)).toBe(false);
});

/** The listing whose job the worker took last: it waits its turn behind all that were taken before. */
async function takenLast({ channel: { channelId } }: Connected): Promise<string> {
  const taken = await world.queues.queue(pushQueueName(channelId)).getActive();
  const [last] = taken.toSorted((a, b) => (b.processedOn ?? 0) - (a.processedOn ?? 0));
  const listings = await listListings(world.store, { channelId, limit: 1_000 });
  return listings.find(({ listingId }) => listingId === last?.data.listingId)?.sku ?? "";
}

it("fills its calls though many jobs have nothing left to push", async () => {
  world = await startWorld("shopify", "redis");
  const skus = Array.from({ length: 500 }, (_, index) => `MANY-${index}`);
  const shop = await world.connect(skus.map((sku) => ({ sku, quantity: 9 })));
  const { channelId } = shop.channel;
  const sold = skus.filter((_, index) => index % 2 === 0);
  await shop.sellAllElsewhere(sold, 1);
  const listings = () => listListings(world.store, { channelId, limit: 1_000 });
  const known = await until("the sales reached the listings", async () => {
    const found = await listings();
    return found.filter(({ desired }) => desired === 8).length === sold.length ? found : undefined;
  });
  await world.queues.enqueueBehind(known.map(({ listingId }) => ({ listingId, channelId, priority: 2, bucket: "" })));
  // Meanwhile the worker takes all jobs.
  const operation = "inventorySetQuantities";
  world.simulator.fault({ account: shop.account, operation, effect: { type: "delay", ms: 4_000 } });
  await world.work();
  const isInStep = async () => (await listings()).every(({ desired, shown }) => desired === shown);
  await until("every listing is in step", isInStep, { timeoutMs: 60_000 });
  const queue = world.queues.queue(pushQueueName(channelId));
  await until(
    "every job is done",
    async () => (await queue.getJobCountByTypes("prioritized", "active", "delayed")) === 0,
  );
  // The first goes out with what came first; three carry the other listings, where half empty ones would be six.
  expect(callsTo(operation, shop).length).toBeLessThanOrEqual(5);
});

it("counts a sale once that brought the channel to the very number that was to be pushed", async () => {
  world = await startWorld("shopify", "redis");
  const shop = await world.connect([{ sku: "SAME", quantity: 3 }]);
  await world.simulator.placeOrder({
    account: shop.account,
    lines: [{ sku: "SAME", quantity: 1 }],
    notify: { copies: 0 },
  });
  expect(shop.shown("SAME")).toBe(2);
  await shop.sellElsewhere("SAME", 1);
  await world.work();
  await settled(shop, "SAME", 1);
});

it("waits for a listing's revisions to come back, spends no attempt on it and says why", async () => {
  world = await startWorld("ebay", "redis");
  const shop = await world.connect([
    { sku: "OFTEN", quantity: 9 },
    { sku: "OTHER", quantity: 9 },
  ]);
  const { channelId } = shop.channel;
  const operation = "bulkUpdatePriceQuantity";
  const words = "The listing was revised 250 times today, which is the limit.";
  const body = JSON.stringify({
    responses: [{ sku: "OFTEN", statusCode: 400, errors: [{ errorId: 25_002, longMessage: words }] }],
  });
  world.simulator.fault({ account: shop.account, operation, effect: { type: "status", status: 207, body } });
  await world.work();
  await shop.sellElsewhere("OFTEN", 9);
  const listing = async () => (await listListings(world.store, { channelId, sku: "OFTEN", limit: 1 }))[0];
  const refused = await until("the listing says why", async () => {
    const found = await listing();
    return found?.errorMessage ? found : undefined;
  });
  expect(refused).toMatchObject({ errorCode: null, errorMessage: words, desired: 0 });
  // Whatever else is sold, no call is made for it: its budget is empty.
  await shop.sellElsewhere("OTHER", 1);
  await settled(shop, "OTHER", 8);
  const queue = world.queues.queue(pushQueueName(channelId));
  const [job] = await until("its job waits", async () => {
    const found = await queue.getDelayed();
    return found.length > 0 ? found : undefined;
  });
  expect(job).toMatchObject({ data: { listingId: refused.listingId }, attemptsMade: 0 });
  expect(await queue.getFailedCount()).toBe(0);
  expect(callsTo(operation, shop)).toHaveLength(2);

  await world.store.query("update revision_budget set tokens = 5 where channel_id = $1", [channelId]);
  await job?.promote();
  await settled(shop, "OFTEN", 0);
  await until("nothing is said of it any more", async () => (await listing())?.errorMessage === null);
});

it("raises the other listings while the channel can't read one", async () => {
  world = await startWorld("ebay", "redis");
  const shop = await world.connect([
    { sku: "SICK", quantity: 3 },
    { sku: "WELL", quantity: 3 },
  ]);
  const trouble = {
    sku: "SICK",
    statusCode: 500,
    errors: [{ errorId: 25_001, message: "A system error has occurred." }],
  };
  const availability = { shipToLocationAvailability: { quantity: 3 } };
  const body = JSON.stringify({
    responses: [trouble, { sku: "WELL", statusCode: 200, inventoryItem: { availability } }],
  });
  const effect = { type: "status", status: 207, body } as const;
  world.simulator.fault({ account: shop.account, operation: "bulkGetInventoryItem", times: 1_000, effect });
  for (const sku of ["SICK", "WELL"]) await shop.receive(sku, 2);
  await world.work();
  await settled(shop, "WELL", 5);
  const calls = world.simulator.history(shop.account).flatMap((one) => (one.type === "call" ? [one.operation] : []));
  const before = calls.slice(0, calls.indexOf("bulkUpdatePriceQuantity"));
  // One call for both at best; the job of one may have come later than the other's.
  expect(before.filter((operation) => operation === "bulkGetInventoryItem").length).toBeLessThanOrEqual(2);
  expect(shop.shown("SICK")).toBe(3);
  const [sick] = await listListings(world.store, { channelId: shop.channel.channelId, sku: "SICK", limit: 1 });
  // Nothing was written, and nothing learned: what it shows is still known.
  expect(sick).toMatchObject({ desired: 5, shown: 3, errorCode: null });
});

it("pushes by one of the channel's APIs while the other is throttled, which no process calls before its time", async () => {
  const made = Array.from({ length: 8 }, (_, index) => `MADE-${index}`);
  const items = Array.from({ length: 4 }, (_, index) => `ITEM-${index}`);
  world = await startWorld("ebay", "redis", () =>
    startEbaySimulator({ seed: 7, made: made.map((sku) => ({ by: "trading", skus: [sku] })) }),
  );
  const shop = await world.connect([...made, ...items].map((sku) => ({ sku, quantity: 9 })));
  const { channelId } = shop.channel;
  const WAIT_SECONDS = 12;
  const effect = { type: "status", status: 429, headers: { "retry-after": String(WAIT_SECONDS) } } as const;
  world.simulator.fault({ account: shop.account, operation: "ReviseInventoryStatus", effect });
  await world.work();
  await shop.sellAllElsewhere(made, 1);
  const revisions = () => callsTo("ReviseInventoryStatus", shop);
  const refused = await until("the Trading API refuses a call", () => revisions().find(({ status }) => status === 429));
  await until("that is known to all", async () => {
    return (await world.store.query("select from push_hold where channel_id = $1", [channelId])).rowCount === 1;
  });
  // Another process, whose memory knows nothing of it, and more to do.
  await world.work();
  for (const left of [8, 7]) {
    await shop.sellAllElsewhere([...items, ...made.slice(0, 4)], 1);
    for (const sku of items) await settled(shop, sku, left);
  }
  expect(revisions()).toHaveLength(1);
  expect(made.map((sku) => shop.shown(sku))).toEqual(made.map(() => 9));

  for (const [index, sku] of made.entries()) await settled(shop, sku, index < 4 ? 6 : 8, { timeoutMs: 40_000 });
  const times = revisions().map(({ startedAt }) => startedAt - refused.at);
  expect(Math.min(...times.slice(1))).toBeGreaterThanOrEqual(WAIT_SECONDS * 1_000 - 50);
});

it("pushes by one of the channel's APIs while more listings than are taken at once wait for a turn of the other", async () => {
  const made = Array.from({ length: 260 }, (_, index) => `MADE-${index}`);
  const items = ["ITEM-1", "ITEM-2"];
  // Of eBay's calls a hundredth: of the Trading API 50 a day. It is asked how many once it has refused one.
  world = await startWorld("ebay", "redis", () =>
    startEbaySimulator({ seed: 7, scaleLimits: 0.01, made: made.map((sku) => ({ by: "trading", skus: [sku] })) }),
  );
  const shop = await world.connect([...made, ...items].map((sku) => ({ sku, quantity: 9 })));
  world.simulator.fault({ account: shop.account, operation: "ReviseInventoryStatus", effect: { type: "throttle" } });
  await world.work();
  await shop.sellAllElsewhere(made, 1);
  await until("the burst is spent", () => callsTo("ReviseInventoryStatus", shop).length >= 5);
  const queue = world.queues.queue(pushQueueName(shop.channel.channelId));
  await until("the others wait", async () => (await queue.getDelayedCount()) > 0);
  await shop.sellAllElsewhere(items, 1);
  for (const sku of items) await settled(shop, sku, 8);
  expect(callsTo("ReviseInventoryStatus", shop).length).toBeLessThan(20);
});
