import { createOutbound } from "@lastunit/adapter-contract";
import { createLogger } from "@lastunit/config";
import nock from "nock";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { EbaySettings } from "./connection.ts";
import { send } from "./requests.ts";
import { call, credentials, EBAY, tradingAnswer, useNock } from "./testing/harness.ts";

useNock();

const outbound = createOutbound({ endpoints: {}, log: createLogger({ level: "silent", name: "test" }) });

function callerAt(marketplaceId: string) {
  const settings = EbaySettings.parse({ seller: "acme", marketplaceId });
  return { credentials, settings, outbound, signal: call().signal };
}

describe("the marketplace", () => {
  it.each(["EBAY_US", "EBAY_DE", "EBAY_CA"])("is named in every REST call: %s", async (marketplaceId) => {
    nock(EBAY)
      .get("/sell/inventory/v1/inventory_item/A")
      .matchHeader("x-ebay-c-marketplace-id", marketplaceId)
      .matchHeader("authorization", "Bearer a-token")
      .reply(200, {});
    const answer = send(callerAt(marketplaceId), "a-token", z.object({}), (api) =>
      api.sell.inventory.getInventoryItem("A"),
    );
    await expect(answer).resolves.toEqual({});
  });

  // Trading API: SiteCodeType, by number.
  it.each([
    ["EBAY_US", "0"],
    ["EBAY_CA", "2"],
    ["EBAY_GB", "3"],
    ["EBAY_DE", "77"],
    ["EBAY_MOTORS_US", "100"],
    ["EBAY_BE", "123"],
    ["EBAY_TW", "0"],
  ])("is the Trading API's site by its number: %s is %s", async (marketplaceId, site) => {
    nock(EBAY)
      .post("/ws/api.dll")
      .matchHeader("x-ebay-api-siteid", site)
      .matchHeader("x-ebay-api-compatibility-level", "967")
      .matchHeader("x-ebay-api-iaf-token", "a-token")
      .reply(200, tradingAnswer("GetItem", ""));
    const answer = send(callerAt(marketplaceId), "a-token", z.looseObject({ Ack: z.string() }), (api) =>
      api.trading.GetItem({ ItemID: "110" }),
    );
    await expect(answer).resolves.toMatchObject({ Ack: "Success" });
  });
});

it("is not made without a token: the package would send one of the application's", async () => {
  const answer = () => send(callerAt("EBAY_US"), "", z.unknown(), (api) => api.sell.inventory.getInventoryItem("A"));
  expect(answer).toThrow("needs a token");
});

it("names an item by its SKU as one part of the address, whatever signs it has", async () => {
  nock(EBAY).get("/sell/inventory/v1/inventory_item/a%2Fb%20%2B1").reply(200, { sku: "a/b +1" });
  const answer = send(callerAt("EBAY_US"), "a-token", z.object({ sku: z.string() }), (api) =>
    api.sell.inventory.getInventoryItem("a/b +1"),
  );
  await expect(answer).resolves.toEqual({ sku: "a/b +1" });
});
