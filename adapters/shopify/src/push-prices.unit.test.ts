import type { PriceUpdate, SalePrice } from "@lastunit/adapter-contract";
import { describe, expect, it } from "vitest";
import {
  call,
  channelErrorOf,
  data,
  graphqlError,
  listing,
  onGraphql,
  openSession,
  useNock,
  type GraphqlBody,
} from "./testing/harness.ts";

useNock();

function price(
  item: string,
  amount: string,
  more: { product?: string; sale?: SalePrice; currency?: string; variant?: string } = {},
): PriceUpdate {
  const external = {
    productId: `gid://shopify/Product/${more.product ?? "3"}`,
    variantId: `gid://shopify/ProductVariant/${more.variant ?? item}`,
  };
  const currency = more.currency ?? "USD";
  return { listing: { ...listing(item), external }, price: { amount, currency }, sale: more.sale ?? null };
}

const sale = (more: Partial<SalePrice> = {}): SalePrice => ({
  price: { amount: "14.90", currency: "USD" },
  from: null,
  until: null,
  ...more,
});

const inDollars = () => onGraphql("currencyCode").reply(...data({ shop: { currencyCode: "USD" } }));
const onUpdate = (seen: GraphqlBody[] = []) => onGraphql("productVariantsBulkUpdate", { seen });
const id = (variant: string) => ({ id: `gid://shopify/ProductVariant/${variant}` });
const written = (variants: readonly string[], userErrors: object[] = []) =>
  data({ productVariantsBulkUpdate: { productVariants: variants.map(id), userErrors } });
const push = (updates: readonly PriceUpdate[]) => openSession().session.pushPrices?.(updates, call());

describe("pushing prices", () => {
  it("makes one mutation a product, in the background, and takes a sale as the price under the struck-through one", async () => {
    const seen: GraphqlBody[] = [];
    inDollars();
    onUpdate(seen).reply(...written(["1", "2"]));
    onUpdate(seen).reply(...written(["3"]));
    const { session, spent } = openSession();
    const updates = [price("1", "19.90"), price("3", "5", { product: "4" }), price("2", "19.90", { sale: sale() })];
    expect(await session.pushPrices?.(updates, call())).toEqual(updates.map(() => ({ status: "accepted" })));
    expect(seen.map(({ variables }) => variables)).toEqual([
      {
        productId: "gid://shopify/Product/3",
        variants: [
          { ...id("1"), price: "19.90", compareAtPrice: null },
          { ...id("2"), price: "14.90", compareAtPrice: "19.90" },
        ],
      },
      { productId: "gid://shopify/Product/4", variants: [{ ...id("3"), price: "5", compareAtPrice: null }] },
    ]);
    expect(seen[0]?.query).toContain("allowPartialUpdates: true");
    expect(seen[0]?.query).not.toContain("@idempotent");
    expect(new Set(spent.map(({ urgency }) => urgency))).toEqual(new Set(["background"]));
  });

  it("gives a refused variant its outcome and takes the others", async () => {
    inDollars();
    const userErrors = [{ code: "INVALID", field: ["variants", "0", "price"], message: "in words" }];
    onUpdate().reply(...written(["2"], userErrors));
    expect(await push([price("1", "1000000000000000000"), price("2", "2.00")])).toEqual([
      { status: "rejected", code: "INVALID", message: "in words" },
      { status: "accepted" },
    ]);
  });

  it("takes an error that names no variant for all that were not written", async () => {
    inDollars();
    const userErrors = [{ code: "PRODUCT_DOES_NOT_EXIST", field: ["productId"], message: "gone" }];
    onUpdate().reply(...data({ productVariantsBulkUpdate: { productVariants: null, userErrors } }));
    expect(await push([price("1", "2.00")])).toMatchObject([{ status: "rejected", code: "PRODUCT_DOES_NOT_EXIST" }]);
  });

  it("rejects a variant that is refused without a code, and tries one again that the answer leaves out", async () => {
    inDollars();
    const userErrors = [{ code: null, field: ["variants", "0"], message: "in words" }];
    onUpdate().reply(...written([], userErrors));
    expect(await push([price("1", "2.00"), price("2", "2.00")])).toEqual([
      { status: "rejected", code: "USER_ERROR", message: "in words" },
      { status: "retry", code: "left_out", message: expect.any(String) },
    ]);
  });

  it("sends a variant once for its listings at several locations, unless they disagree", async () => {
    const seen: GraphqlBody[] = [];
    inDollars();
    onUpdate(seen).reply(...written(["1"]));
    const outcomes = await push([
      price("1", "2.00"),
      price("1", "2.00", { variant: "1" }),
      price("9", "3.00", { variant: "1" }),
    ]);
    expect(outcomes).toMatchObject([
      { status: "accepted" },
      { status: "accepted" },
      { status: "rejected", code: "CONFLICTING_PRICES" },
    ]);
    expect(seen[0]?.variables["variants"]).toHaveLength(1);
  });

  it.each([
    ["another currency", price("1", "2.00", { currency: "EUR" }), "WRONG_CURRENCY"],
    [
      "a sale that begins later",
      price("1", "20", { sale: sale({ from: "2999-01-01T00:00:00Z" }) }),
      "SALE_NOT_SCHEDULED",
    ],
    [
      "a sale that ends later",
      price("1", "20", { sale: sale({ until: "2999-01-01T00:00:00Z" }) }),
      "SALE_NOT_SCHEDULED",
    ],
    ["a listing imported without its product", { ...price("1", "2"), listing: listing("1") }, "INVALID_LISTING"],
  ])("rejects %s and sends nothing", async (_name, update, code) => {
    inDollars();
    expect(await push([update])).toMatchObject([{ status: "rejected", code }]);
  });

  it("takes a sale that is over for none", async () => {
    const seen: GraphqlBody[] = [];
    inDollars();
    onUpdate(seen).reply(...written(["1"]));
    await push([price("1", "20", { sale: sale({ until: "2020-01-01T00:00:00Z" }) })]);
    expect(seen[0]?.variables["variants"]).toMatchObject([{ price: "20", compareAtPrice: null }]);
  });

  it("rejects prices, and stops nothing else, where the app may not set them", async () => {
    inDollars();
    onUpdate().reply(...graphqlError("ACCESS_DENIED"));
    expect(await push([price("1", "2.00")])).toMatchObject([
      { status: "rejected", code: "ACCESS_DENIED", message: expect.stringContaining("write_products") },
    ]);
  });

  it("keeps what was taken when a later product meets the limit, and tries no further", async () => {
    inDollars();
    onUpdate().reply(...written(["1"]));
    onUpdate().reply(429, "", { "retry-after": "2.0" });
    const updates = ["1", "2", "3"].map((item) => price(item, "2.00", { product: item }));
    expect(await push(updates)).toEqual([
      { status: "accepted" },
      { status: "throttled", retryAfterMs: 2_000 },
      { status: "throttled", retryAfterMs: 2_000 },
    ]);
  });

  it("fails as a whole when the first call does", async () => {
    onGraphql("currencyCode").reply(503, "down");
    const pushing = push([price("1", "2.00")]) ?? Promise.resolve();
    expect(await channelErrorOf(pushing)).toMatchObject({ failure: "unavailable" });
  });
});
