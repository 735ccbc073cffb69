import { callWithin } from "@lastunit/adapter-contract/conformance";
import { useNock } from "@lastunit/adapter-contract/nocked";
import { describe, expect, it } from "vitest";
import { amazonAdapter } from "./adapter.ts";
import { amazon, connect, errors, ITEMS, MARKETPLACE, SELLER } from "./testing/harness.ts";

const QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/orders";
const participations = (id: string, participation = { isParticipating: true, hasSuspendedListings: false }) =>
  amazon()
    .get("/sellers/v1/marketplaceParticipations")
    .reply(200, { payload: [{ marketplace: { id, name: "Amazon.com" }, participation }] });
const oneListing = () => amazon().get(ITEMS).query({ marketplaceIds: MARKETPLACE, pageSize: "1" });
const oneOrder = () =>
  amazon()
    .get("/orders/2026-01-01/orders")
    .query(({ createdAfter, maxResultsPerPage }) => Boolean(createdAfter) && maxResultsPerPage === "1");
const denied = errors("Unauthorized", "Access to requested resource is denied.");
const check = (options?: Parameters<typeof connect>[0]) => connect(options).session.check(callWithin());

describe("check", () => {
  useNock();

  it("names the account when all is well", async () => {
    participations(MARKETPLACE);
    oneListing().reply(200, { items: [] });
    oneOrder().reply(200, { orders: [] });
    expect(await check()).toEqual({ ok: true, account: SELLER, problems: [], renewBy: null });
  });

  it("says when the authorization ends: 365 days after it was given, or the token first used", async () => {
    participations(MARKETPLACE);
    oneListing().reply(200, { items: [] });
    oneOrder().reply(200, { orders: [] });
    const { renewBy } = await check({ credentials: { authorizedAt: "2026-01-01T00:00:00.000Z" } });
    expect(renewBy).toEqual({
      at: "2027-01-01T00:00:00.000Z",
      what: expect.stringContaining("Authorize the app again in Seller Central"),
    });
  });

  it("says when the client secret ends, 180 days after its first use, where that comes before the authorization's end", async () => {
    participations(MARKETPLACE).persist();
    oneListing().times(2).reply(200, { items: [] });
    oneOrder().times(2).reply(200, { orders: [] });
    const authorizedAt = "2026-01-01T00:00:00.000Z";
    const first = await check({ credentials: { authorizedAt, clientSecretSince: authorizedAt } });
    expect(first.renewBy).toEqual({
      at: "2026-06-30T00:00:00.000Z",
      what: expect.stringContaining("Make a new LWA client secret"),
    });
    const rotated = await check({ credentials: { authorizedAt, clientSecretSince: "2026-12-01T00:00:00.000Z" } });
    expect(rotated.renewBy?.what).toContain("Authorize the app again");
  });

  it("names the marketplace that the account lacks, and those it has", async () => {
    participations("A2EUQ1WTGCTBG2");
    const { ok, problems } = await check();
    expect(ok).toBe(false);
    expect(problems).toEqual([expect.stringMatching(/ATVPDKIKX0DER.*A2EUQ1WTGCTBG2/)]);
  });

  it("tells of an inactive marketplace and of suspended listings", async () => {
    participations(MARKETPLACE, { isParticipating: false, hasSuspendedListings: true });
    expect((await check()).problems).toHaveLength(2);
  });

  it("names each role that is missing", async () => {
    participations(MARKETPLACE);
    oneListing().reply(403, denied);
    oneOrder().reply(403, denied);
    expect((await check()).problems).toEqual([
      expect.stringContaining(`"Product Listing"`),
      expect.stringContaining(`"Inventory and Order Tracking"`),
    ]);
  });

  it("names a queue that can't be read for want of AWS keys", async () => {
    participations("A2EUQ1WTGCTBG2");
    const { problems } = await check({ settings: { sqsQueueUrl: QUEUE } });
    expect(problems).toEqual([
      expect.any(String),
      expect.stringMatching(/SQS queue can't be read.*sqs:ReceiveMessage/),
    ]);
  });
});

describe("the adapter's data", () => {
  const { capabilities, limits } = amazonAdapter;

  it("knows the usage plan of every operation it calls, as Amazon documents them", () => {
    const plan = (perSecond: number, burst: number) => ({ perSecond, burst });
    const notifications = plan(1, 5);
    expect(limits).toEqual({
      patchListingsItem: plan(5, 5),
      searchListingsItems: plan(5, 5),
      getListingsItem: plan(5, 10),
      createFeedDocument: plan(0.5, 15),
      createFeed: plan(5 / 300, 5),
      getFeed: plan(2, 15),
      getFeeds: plan(0.0222, 10),
      cancelFeed: plan(2, 15),
      getFeedDocument: plan(0.0222, 10),
      searchOrders: plan(0.0056, 20),
      getOrder: plan(0.5, 30),
      getMarketplaceParticipations: plan(0.016, 15),
      getDestinations: notifications,
      createDestination: notifications,
      getSubscription: notifications,
      createSubscription: notifications,
      deleteSubscriptionById: notifications,
    });
  });

  it("polls no more often than Amazon lets it day and night", () => {
    const seconds = (capabilities.pollEveryMs ?? 0) / 1_000;
    expect(seconds * limits["searchOrders"]!.perSecond).toBeGreaterThan(1);
  });

  it("sends a feed from 1,500 listings on, of at most the 25,000 messages that Amazon takes", () => {
    expect(capabilities.feeds).toEqual({ from: 1_500, listings: 25_000 });
  });

  it("reads back what was accepted a quarter of an hour later, and compares nothing by itself", () => {
    expect(capabilities).toMatchObject({ appliesWithinMs: 900_000, comparesAndSets: false, restocksCancelled: false });
  });

  const given = { sellerId: "A1B2-C3", region: "na", marketplaceId: MARKETPLACE };

  it("makes the account name of the seller id", () => {
    expect(amazonAdapter.accountOf(amazonAdapter.settings.parse(given))).toBe("a1b2-c3");
  });

  it.each([
    { sellerId: "../A1" },
    { region: "us" },
    { sqsQueueUrl: "queue" },
    { sqsQueueUrl: "http://169.254.169.254/latest/meta-data" },
    { sqsQueueUrl: "http://127.0.0.1:1/000000000000/q/../../x" },
    { sqsQueueUrl: `${QUEUE}.fifo` },
    { applicationId: "my app" },
    { draftApp: "perhaps" },
    { sellerCentral: "sellercentral.amazon.com.evil.example" },
    { sellerCentral: "evil.example/sellercentral.amazon.com" },
  ])("refuses the settings %o", (wrong) => {
    expect(amazonAdapter.settings.safeParse({ ...given, ...wrong }).success).toBe(false);
  });

  it.each([
    { sqsQueueUrl: QUEUE },
    { sqsQueueUrl: "http://127.0.0.1:4566/000000000000/orders" },
    { applicationId: "amzn1.sp.solution.0f1e2d3c-aaaa", draftApp: "no" },
    { sellerCentral: "sellercentral-europe.amazon.com" },
    { sellerCentral: "sellercentral.amazon.co.jp" },
    { sellerCentral: "sellercentral.amazon.com.au" },
    { sellerCentral: "sellercentral.amazon.de" },
  ])("takes the settings %o", (right) => {
    expect(amazonAdapter.settings.safeParse({ ...given, ...right }).success).toBe(true);
  });

  it("takes both AWS keys or neither", () => {
    const keys = { clientId: "id", clientSecret: "secret", refreshToken: "token" };
    expect(amazonAdapter.credentials.safeParse(keys).success).toBe(true);
    expect(amazonAdapter.credentials.safeParse({ ...keys, awsAccessKeyId: "AKIA" }).success).toBe(false);
  });
});
