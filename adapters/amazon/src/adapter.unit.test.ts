import { describe, expect, it } from "vitest";
import { amazonAdapter } from "./adapter.ts";
import { amazon, callWithin, connect, errors, ITEMS, MARKETPLACE, SELLER, useNockedAmazon } from "./testing/harness.ts";

const participations = (id: string, participation = { isParticipating: true, hasSuspendedListings: false }) =>
  amazon()
    .get("/sellers/v1/marketplaceParticipations")
    .reply(200, { payload: [{ marketplace: { id, name: "Amazon.com" }, participation }] });
const check = () => connect().session.check(callWithin());

describe("check", () => {
  useNockedAmazon();

  it("names the account when all is well", async () => {
    participations(MARKETPLACE);
    amazon().get(ITEMS).query({ marketplaceIds: MARKETPLACE, pageSize: "1" }).reply(200, { items: [] });
    expect(await check()).toEqual({ ok: true, account: SELLER, problems: [] });
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

  it("names the role that reading listings needs", async () => {
    participations(MARKETPLACE);
    amazon().get(ITEMS).query(true).reply(403, errors("Unauthorized", "Access to requested resource is denied."));
    expect((await check()).problems).toEqual([expect.stringContaining("Product Listing")]);
  });
});

describe("the adapter's data", () => {
  const given = { sellerId: "A1B2-C3", region: "na", marketplaceId: MARKETPLACE };

  it("makes the account name of the seller id", () => {
    expect(amazonAdapter.accountOf(amazonAdapter.settings.parse(given))).toBe("a1b2-c3");
  });

  it.each([{ sellerId: "../A1" }, { region: "us" }, { sqsQueueUrl: "queue" }])("refuses the settings %o", (wrong) => {
    expect(amazonAdapter.settings.safeParse({ ...given, ...wrong }).success).toBe(false);
  });

  it("takes both AWS keys or neither", () => {
    const keys = { clientId: "id", clientSecret: "secret", refreshToken: "token" };
    expect(amazonAdapter.credentials.safeParse(keys).success).toBe(true);
    expect(amazonAdapter.credentials.safeParse({ ...keys, awsAccessKeyId: "AKIA" }).success).toBe(false);
  });
});
