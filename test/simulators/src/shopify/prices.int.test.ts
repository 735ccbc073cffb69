import { beforeEach, describe, expect, it } from "vitest";
import { at, listAt, textAt } from "../testing/path.ts";
import { errorCode, shopifyClient } from "../testing/shopify-client.ts";
import { useVariedShop } from "./varied-shop.ts";

const { its } = useVariedShop();

describe("productVariantsBulkUpdate", () => {
  const UPDATE = `mutation P($productId: ID!, $variants: [ProductVariantsBulkInput!]!, $partial: Boolean) {
    productVariantsBulkUpdate(productId: $productId, variants: $variants, allowPartialUpdates: $partial) {
      productVariants { sku price compareAtPrice } userErrors { code field } } }`;
  let productId = "";
  let variantIds: readonly string[] = [];
  beforeEach(async () => {
    const { body } = await its.shop.graphql("{ productVariants(first: 10) { nodes { id sku product { id } } } }");
    const shirts = listAt(body, "data.productVariants.nodes").filter((each) => at(each, "sku") === "SHIRT");
    productId = textAt(shirts[0], "product.id");
    variantIds = shirts.map((each) => textAt(each, "id"));
  });
  const update = (variants: readonly object[], partial = false) =>
    its.shop.graphql(UPDATE, { productId, variants, partial });
  const asked = () => its.simulator.prices?.("acme").filter(({ sku }) => ["S", "M"].includes(sku)) ?? [];

  it("sets the price, and shows a lower one as a sale while there is a regular one beside it", async () => {
    await update([
      { id: variantIds[0], price: "8.5", compareAtPrice: "12" },
      { id: variantIds[1], price: "9" },
    ]);
    const money = (amount: string) => ({ amount, currency: "USD" });
    expect(asked().map(({ price, sale }) => ({ price, sale }))).toEqual(
      expect.arrayContaining([
        { price: money("12.00"), sale: money("8.50") },
        { price: money("9.00"), sale: null },
      ]),
    );
  });

  it("writes all or nothing, unless partial updates are allowed", async () => {
    const variants = [
      { id: variantIds[0], price: "8" },
      { id: "gid://shopify/ProductVariant/1", price: "8" },
    ];
    const errors = [{ code: "PRODUCT_VARIANT_DOES_NOT_EXIST", field: ["variants", "1", "id"] }];
    expect((await update(variants)).body.data?.["productVariantsBulkUpdate"]).toEqual({
      productVariants: null,
      userErrors: errors,
    });
    expect((await update(variants, true)).body.data?.["productVariantsBulkUpdate"]).toMatchObject({
      productVariants: [{ price: "8.00" }],
      userErrors: errors,
    });
  });

  it("refuses another product's variant, an amount that is none, an unknown field and an idempotency key", async () => {
    productId = "gid://shopify/Product/1";
    expect(at((await update([])).body, "data.productVariantsBulkUpdate.userErrors.0.code")).toBe(
      "PRODUCT_DOES_NOT_EXIST",
    );
    const { body } = await its.shop.graphql("{ productVariants(first: 10) { nodes { id sku product { id } } } }");
    productId = textAt(
      listAt(body, "data.productVariants.nodes").find((each) => at(each, "sku") === "A"),
      "product.id",
    );
    const answer = await update([{ id: variantIds[0], price: "8" }]);
    expect(at(answer.body, "data.productVariantsBulkUpdate.userErrors.0.code")).toBe("PRODUCT_VARIANT_DOES_NOT_EXIST");
    expect(errorCode(await update([{ id: variantIds[0], sku: "X" }]))).toBe("INVALID_VARIABLE");
    const keyed = UPDATE.replace(
      "allowPartialUpdates: $partial)",
      'allowPartialUpdates: $partial) @idempotent(key: "k")',
    );
    expect(errorCode(await its.shop.graphql(keyed, { productId, variants: [] }))).toBe("BAD_REQUEST");
  });

  it("needs write_products", async () => {
    const seed = { account: "narrow", listings: [], permissions: ["read_products"] };
    const narrow = shopifyClient(its.simulator, await its.simulator.addAccount(seed));
    expect(errorCode(await narrow.graphql(UPDATE, { productId, variants: [] }))).toBe("ACCESS_DENIED");
  });
});
