import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { shopifyAdapter } from "./adapter.ts";
import { REQUIRED_SCOPES } from "./check.ts";
import { call, credentials, data, onGraphql, openSession, SHOP, useNock, type GraphqlBody } from "./testing/harness.ts";

useNock({ beforeEach, afterEach });

const lastPage = { hasNextPage: false, endCursor: null };

function level(location: string, available: number, isActive = true) {
  const quantities = [{ name: "available", quantity: available }];
  return { location: { id: `gid://shopify/Location/${location}`, isActive }, quantities };
}

function variant(
  id: string,
  given: { sku?: string | null; tracked?: boolean; levels?: object[]; pageInfo?: object } = {},
) {
  const { sku = `SKU-${id}`, tracked = true, levels = [level("7", 5)], pageInfo = lastPage } = given;
  const inventoryItem = {
    id: `gid://shopify/InventoryItem/9${id}`,
    tracked,
    inventoryLevels: { nodes: levels, pageInfo },
  };
  return { id: `gid://shopify/ProductVariant/${id}`, sku, displayName: `Cap ${id} - Default Title`, inventoryItem };
}

const page = (nodes: object[], pageInfo: object = lastPage) => data({ productVariants: { nodes, pageInfo } });

describe("importing", () => {
  it("makes a listing for each item and active location, and goes on after Shopify's cursor", async () => {
    const seen: GraphqlBody[] = [];
    const stocked = variant("271878346596884015", {
      sku: "1e5",
      levels: [level("7", 5), level("8", 0), level("9", 3, false)],
    });
    onGraphql("productVariants(", { seen }).reply(...page([stocked], { hasNextPage: true, endCursor: "c-2" }));
    const { listings, next } = await openSession().session.importListings("c-1", call());
    const listing = {
      sku: "1e5",
      externalId: "gid://shopify/InventoryItem/9271878346596884015",
      external: {},
      lineRef: "271878346596884015",
      title: "Cap 271878346596884015",
      unsupported: null,
    };
    expect(listings).toEqual([
      { ...listing, externalLocationId: "gid://shopify/Location/7", available: 5 },
      { ...listing, externalLocationId: "gid://shopify/Location/8", available: 0 },
    ]);
    expect(next).toBe("c-2");
    expect(seen[0]?.variables).toEqual({ after: "c-1" });
  });

  it("says why an untracked item can't be synced, and takes its zero for no fact", async () => {
    onGraphql("productVariants(").reply(
      ...page([variant("1", { sku: null, tracked: false, levels: [level("7", 0)] })]),
    );
    const { listings, next } = await openSession().session.importListings(null, call());
    expect(listings).toMatchObject([
      { sku: "", available: null, unsupported: expect.stringContaining("Track quantity") },
    ]);
    expect(next).toBeNull();
  });

  it("reads the rest of the levels of an item stocked at many locations", async () => {
    const seen: GraphqlBody[] = [];
    onGraphql("productVariants(").reply(...page([variant("1", { pageInfo: { hasNextPage: true, endCursor: "l-1" } })]));
    onGraphql("inventoryItem(id: $id)", { seen }).reply(
      ...data({ inventoryItem: { inventoryLevels: { nodes: [level("8", 2)], pageInfo: lastPage } } }),
    );
    const { listings } = await openSession().session.importListings(null, call());
    expect(listings.map(({ available }) => available)).toEqual([5, 2]);
    expect(seen[0]?.variables).toEqual({ id: "gid://shopify/InventoryItem/91", after: "l-1" });
  });
});

describe("checking the connection", () => {
  const installation = (scopes: readonly string[], myshopifyDomain = SHOP) =>
    data({ shop: { myshopifyDomain }, currentAppInstallation: { accessScopes: scopes.map((handle) => ({ handle })) } });
  const found = (nodes: object[]) => data({ locations: { nodes, pageInfo: lastPage } });

  it("is content with all scopes and a location", async () => {
    onGraphql("currentAppInstallation").reply(...installation(REQUIRED_SCOPES));
    onGraphql("locations(").reply(...found([{ id: "gid://shopify/Location/7", name: "Shop" }]));
    expect(await openSession().session.check(call())).toEqual({ ok: true, account: SHOP, problems: [] });
  });

  it("names each scope that is missing, and asks nothing the app may not ask", async () => {
    onGraphql("currentAppInstallation").reply(...installation(["read_products", "read_inventory", "read_orders"]));
    const report = await openSession().session.check(call());
    expect(report).toMatchObject({ ok: false, account: SHOP });
    expect(report.problems).toEqual([
      expect.stringContaining("write_inventory"),
      expect.stringContaining("read_locations"),
    ]);
  });

  it("names a missing location and another permanent address", async () => {
    onGraphql("currentAppInstallation").reply(...installation(REQUIRED_SCOPES, "acme-2.myshopify.com"));
    onGraphql("locations(").reply(...found([]));
    const { problems } = await openSession().session.check(call());
    expect(problems).toEqual([expect.stringContaining("acme-2.myshopify.com"), expect.stringContaining("location")]);
  });
});

describe("the connect form", () => {
  it.each(["acme.myshopify.com", " ACME.myshopify.com "])("takes the shop %s", (shop) => {
    expect(shopifyAdapter.accountOf(shopifyAdapter.settings.parse({ shop }))).toBe("acme");
  });

  it.each([
    "acme.example",
    "https://acme.myshopify.com",
    "acme.myshopify.com.evil.example",
    "evil/acme.myshopify.com",
    "",
  ])("refuses the shop %s", (shop) => {
    expect(shopifyAdapter.settings.safeParse({ shop }).success).toBe(false);
  });

  it("needs the client secret, and the client ID or the Admin API access token", () => {
    const accepts = (stored: object) => shopifyAdapter.credentials.safeParse(stored).success;
    const { clientId, clientSecret } = credentials;
    expect(accepts({ clientId, clientSecret })).toBe(true);
    expect(accepts({ adminAccessToken: "shpat_fixed", clientSecret })).toBe(true);
    expect(accepts({ clientSecret })).toBe(false);
    expect(accepts({ clientId })).toBe(false);
  });
});
