import { asArray, asObject, asText, type JsonObject } from "../kit/index.ts";
import { numberOf } from "./gids.ts";
import { catalogOf, type Shop, type Variant } from "./account.ts";
import { variantSource } from "./inventory.ts";
import { QueryProblem, type Field } from "./query.ts";
import type { UserError } from "./user-error.ts";

const INPUT_FIELDS = ["id", "price", "compareAtPrice"];
const AMOUNT = /^\d{1,16}(?:\.\d{1,2})?$/u;

interface PriceWrite {
  readonly variant: Variant;
  readonly price: string;
  readonly compareAtPrice: string | null;
}

/**
 * `productVariantsBulkUpdate`, of prices only: one product, all or nothing unless `allowPartialUpdates`. It takes no
 * idempotency key.
 */
export function updateVariants(shop: Shop, { args, directives }: Field): JsonObject {
  if (directives["idempotent"])
    throw new QueryProblem("BAD_REQUEST", "The @idempotent directive is not supported for this mutation.");
  const productId = numberOf("Product", args["productId"]);
  if (!catalogOf(shop).some((variant) => variant.productId === productId)) {
    const error = { code: "PRODUCT_DOES_NOT_EXIST", field: ["productId"], message: "Product does not exist" };
    return { product: null, productVariants: null, userErrors: [error] };
  }
  const entries = (asArray(args["variants"]) ?? []).map((each) => readEntry(shop, asObject(each) ?? {}, productId));
  const userErrors = entries.flatMap((entry, index) =>
    "code" in entry ? [{ ...entry, field: ["variants", String(index), ...(entry.field ?? [])] }] : [],
  );
  const isWritten = userErrors.length === 0 || args["allowPartialUpdates"] === true;
  const writes = entries.filter((entry) => "variant" in entry);
  if (isWritten) {
    for (const { variant, price, compareAtPrice } of writes) Object.assign(variant, { price, compareAtPrice });
  }
  const productVariants = isWritten ? writes.map(({ variant }) => variantSource(shop, variant.sku)) : null;
  return { product: null, productVariants, userErrors };
}

function readEntry(shop: Shop, entry: JsonObject, productId: string | undefined): PriceWrite | UserError {
  const unknown = Object.keys(entry).find((name) => !INPUT_FIELDS.includes(name));
  if (unknown)
    throw new QueryProblem("INVALID_VARIABLE", `Field is not defined on ProductVariantsBulkInput: ${unknown}`);
  const number = numberOf("ProductVariant", entry["id"]);
  const variant = catalogOf(shop).find((each) => each.variantId === number && each.productId === productId);
  if (!variant) {
    return { code: "PRODUCT_VARIANT_DOES_NOT_EXIST", field: ["id"], message: "Product variant does not exist" };
  }
  const { price = variant.price, compareAtPrice = variant.compareAtPrice } = entry;
  const amount = asText(price) ?? "";
  if (!AMOUNT.test(amount)) return { code: "INVALID_INPUT", field: ["price"], message: "Price isn't a valid amount" };
  const regular = asText(compareAtPrice) ?? null;
  if (regular !== null && !AMOUNT.test(regular))
    return { code: "INVALID_INPUT", field: ["compareAtPrice"], message: "Compare at price isn't a valid amount" };
  const written = (text: string) => Number(text).toFixed(2);
  return { variant, price: written(amount), compareAtPrice: regular === null ? null : written(regular) };
}
