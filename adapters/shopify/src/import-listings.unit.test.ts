import { describe, expect, it } from "vitest";
import { shopifyAdapter } from "./adapter.ts";
import { REQUIRED_SCOPES } from "./check.ts";
import {
  call,
  credentials,
  data,
  graphqlError,
  lastPage,
  onGraphql,
  onLocations,
  openSession,
  SHOP,
  useNock,
  type GraphqlBody,
} from "./testing/harness.ts";

useNock();

function level(location: string, available: number) {
  const quantities = [{ name: "available", quantity: available }];
  return { location: { id: `gid://shopify/Location/${location}` }, quantities };
}

function variant(
  id: string,
  given: { sku?: string; barcode?: string; tracked?: boolean; bundle?: boolean; levels?: object[]; pageInfo?: object },
) {
  const { sku = null, barcode = null, tracked = true, bundle = false, levels = [level("7", 5)] } = given;
  return {
    id: `gid://shopify/ProductVariant/${id}`,
    sku,
    barcode,
    displayName: `Cap ${id} - Default Title`,
    requiresComponents: bundle,
    product: { id: "gid://shopify/Product/3" },
    inventoryItem: {
      id: `gid://shopify/InventoryItem/9${id}`,
      tracked,
      inventoryLevels: { nodes: levels, pageInfo: given.pageInfo ?? lastPage },
    },
  };
}

const page = (nodes: object[], pageInfo: object = lastPage) =>
  data({ productVariantsCount: { count: 300 }, productVariants: { nodes, pageInfo } });

describe("importing", () => {
  it("makes a listing for each item and active location, and goes on after Shopify's cursor", async () => {
    const seen: GraphqlBody[] = [];
    const levels = [level("7", 5), level("8", 0), level("9", 3)];
    const stocked = variant("271878346596884015", { sku: "1e5", barcode: " 4006381333931 ", levels });
    onLocations("7", "8", "10");
    onGraphql("productVariants(", { seen }).reply(...page([stocked], { hasNextPage: true, endCursor: "c-2" }));
    const { session, spent } = openSession();
    const { listings, next, total } = await session.importListings("c-1", call());
    const imported = {
      sku: "1e5",
      externalId: "gid://shopify/InventoryItem/9271878346596884015",
      external: {
        productId: "gid://shopify/Product/3",
        variantId: "gid://shopify/ProductVariant/271878346596884015",
      },
      lineRef: "271878346596884015",
      title: "Cap 271878346596884015",
      barcode: "4006381333931",
      unsupported: null,
    };
    expect(listings).toEqual([
      { ...imported, externalLocationId: "gid://shopify/Location/7", available: 5 },
      { ...imported, externalLocationId: "gid://shopify/Location/8", available: 0 },
    ]);
    expect({ next, total }).toEqual({ next: "c-2", total: null });
    expect(seen[0]?.variables).toEqual({ first: 100, after: "c-1", levels: 20 });
    expect(spent.map(({ urgency }) => urgency)).toEqual(["background", "background"]);
  });

  it("makes a listing for every active location where the merchant lets us stock it there", async () => {
    onLocations("7", "8");
    onGraphql("productVariants(").reply(...page([variant("1", { sku: "A" })]));
    const { session } = openSession({ settings: { activateLocations: "yes" } });
    const { listings, total } = await session.importListings(null, call());
    expect(listings.map((one) => [one.externalLocationId?.at(-1), one.available])).toEqual([
      ["7", 5],
      ["8", 0],
    ]);
    expect(total).toBe(600);
  });

  it("says how many listings there will be where the shop has one location", async () => {
    onLocations("7");
    onGraphql("productVariants(").reply(...page([]));
    expect(await openSession().session.importListings(null, call())).toEqual({ listings: [], total: 300, next: null });
  });

  it("says why an untracked item or a bundle can't be synced, and takes an untracked zero for no fact", async () => {
    onLocations("7");
    const nodes = [
      variant("1", { tracked: false, levels: [level("7", 0)] }),
      variant("2", { bundle: true, levels: [level("7", 4)] }),
    ];
    onGraphql("productVariants(").reply(...page(nodes));
    const { listings, next } = await openSession().session.importListings(null, call());
    expect(listings).toMatchObject([
      { sku: "", barcode: null, available: null, unsupported: expect.stringContaining("Track quantity") },
      { available: 4, unsupported: expect.stringContaining("components") },
    ]);
    expect(next).toBeNull();
  });

  it("keeps SKUs as the shop writes them, and tells variants apart that share one or have none", async () => {
    onLocations("7");
    const skus = ["1e5", "1.10", "A/B #1+", "DUP", "DUP", "", undefined];
    const nodes = skus.map((sku, index) => variant(String(index + 1), sku === undefined ? {} : { sku }));
    onGraphql("productVariants(").reply(...page(nodes));
    const { listings } = await openSession().session.importListings(null, call());
    expect(listings.map(({ sku }) => sku)).toEqual(["1e5", "1.10", "A/B #1+", "DUP", "DUP", "", ""]);
    expect(new Set(listings.map(({ externalId }) => externalId)).size).toBe(skus.length);
    expect(listings.map(({ lineRef }) => lineRef)).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
  });

  it("reads the rest of the levels of an item stocked at many locations", async () => {
    const seen: GraphqlBody[] = [];
    onLocations("7", "8");
    onGraphql("productVariants(").reply(...page([variant("1", { pageInfo: { hasNextPage: true, endCursor: "l-1" } })]));
    onGraphql("inventoryItem(id: $id)", { seen }).reply(
      ...data({ inventoryItem: { inventoryLevels: { nodes: [level("8", 2)], pageInfo: lastPage } } }),
    );
    const { listings } = await openSession().session.importListings(null, call());
    expect(listings.map(({ available }) => available)).toEqual([5, 2]);
    expect(seen[0]?.variables).toEqual({ id: "gid://shopify/InventoryItem/91", after: "l-1" });
  });

  it.each([
    [50, { levels: 50, first: 100 }],
    [51, { levels: 51, first: 50 }],
    [300, { levels: 250, first: 20 }],
  ])(
    "of a shop with %i locations asks for the levels with the items, and for fewer items then",
    async (count, asked) => {
      const seen: GraphqlBody[] = [];
      onLocations(...Array.from({ length: count }, (_, index) => String(index + 1)));
      onGraphql("productVariants(", { seen }).reply(...page([]));
      await openSession().session.importListings(null, call());
      expect(seen[0]?.variables).toEqual({ ...asked, after: null });
    },
  );

  it("asks for smaller pages while Shopify finds them too costly", async () => {
    const seen: GraphqlBody[] = [];
    onLocations("7");
    onGraphql("productVariants(", { seen })
      .times(2)
      .reply(...graphqlError("MAX_COST_EXCEEDED"));
    onGraphql("productVariants(", { seen }).reply(...page([variant("1", {})]));
    const { listings } = await openSession().session.importListings(null, call());
    expect(listings).toHaveLength(1);
    expect(seen.map(({ variables }) => variables["first"])).toEqual([100, 50, 20]);
  });
});

describe("checking the connection", () => {
  const installation = (scopes: readonly string[], myshopifyDomain = SHOP) =>
    data({ shop: { myshopifyDomain }, currentAppInstallation: { accessScopes: scopes.map((handle) => ({ handle })) } });
  const found = (nodes: object[]) => data({ locations: { nodes, pageInfo: lastPage } });

  it("is content with all scopes and a location", async () => {
    onGraphql("currentAppInstallation").reply(...installation(Object.keys(REQUIRED_SCOPES)));
    onGraphql("locations(").reply(...found([{ id: "gid://shopify/Location/7", name: "Shop" }]));
    expect(await openSession().session.check(call())).toEqual({
      ok: true,
      account: SHOP,
      problems: [],
      renewBy: null,
    });
  });

  it("says until when a refresh token holds", async () => {
    onGraphql("currentAppInstallation").reply(...installation(Object.keys(REQUIRED_SCOPES)));
    onGraphql("locations(").reply(...found([{ id: "gid://shopify/Location/7", name: "Shop" }]));
    const at = "2027-02-01T00:00:00.000Z";
    const stored = { ...credentials, refreshToken: "shprt_one", refreshTokenExpiresAt: at };
    const { renewBy } = await openSession({ credentials: stored }).session.check(call());
    expect(renewBy).toEqual({ at, what: expect.stringContaining("authorize the app again") });
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
    onGraphql("currentAppInstallation").reply(...installation(Object.keys(REQUIRED_SCOPES), "acme-2.myshopify.com"));
    onGraphql("locations(").reply(...found([]));
    const { problems } = await openSession().session.check(call());
    expect(problems).toEqual([expect.stringContaining("acme-2.myshopify.com"), expect.stringContaining("location")]);
  });
});

describe("checking the connection of an app made in the shop's admin", () => {
  it("names an access token that was entered as the secret, for it would verify no webhook", async () => {
    const installed = { shop: { myshopifyDomain: SHOP }, currentAppInstallation: { accessScopes: [] } };
    onGraphql("currentAppInstallation", { token: "shpat_fixed" }).reply(...data(installed));
    const stored = { adminAccessToken: "shpat_fixed", clientSecret: "shpat_fixed" };
    const { ok, problems } = await openSession({ credentials: stored }).session.check(call());
    expect(ok).toBe(false);
    expect(problems.at(-1)).toContain("API secret key");
    expect(problems.join()).not.toContain("shpat_");
  });
});

describe("the connect form", () => {
  it.each([
    "acme.myshopify.com",
    " ACME.myshopify.com ",
    "https://acme.myshopify.com/admin",
    "https://admin.shopify.com/store/acme/products?x=1",
  ])("takes the shop %s", (shop) => {
    expect(shopifyAdapter.accountOf(shopifyAdapter.settings.parse({ shop }))).toBe("acme");
  });

  it("takes a shop whose name is as long as a host's may be, and tells such names apart", () => {
    const accounts = ["a", "b"].map((end) =>
      shopifyAdapter.accountOf(shopifyAdapter.settings.parse({ shop: `${"a".repeat(62)}${end}.myshopify.com` })),
    );
    for (const account of accounts) expect(account).toMatch(/^[a-z0-9-]{1,40}$/);
    expect(new Set(accounts).size).toBe(2);
    expect(shopifyAdapter.settings.safeParse({ shop: `${"a".repeat(64)}.myshopify.com` }).success).toBe(false);
  });

  it.each([
    "acme.example",
    "https://evil.example/acme.myshopify.com",
    "acme.myshopify.com.evil.example",
    "admin.shopify.com/store/acme.evil",
    "admin.shopify.com/store/",
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
