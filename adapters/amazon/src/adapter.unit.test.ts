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
