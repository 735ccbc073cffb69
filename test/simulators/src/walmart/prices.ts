import { asArray, asObject, asText, jsonBody, type ApiAnswer, type ApiRequest, type ApiRoute } from "../kit/index.ts";
import type { SimulatedPrice } from "../simulator.ts";
import { sellerRoute } from "./access.ts";
import { invalidParameter, malformed, notFound } from "./errors.ts";
import type { Item } from "./item.ts";
import { readAmount, readPromotions, runningPromotion, type Promotion } from "./promotion.ts";
import type { Seller } from "./seller.ts";
import type { Walmart } from "./walmart.ts";

/** PUT `/v3/price`, of prices and of promotions, and GET `/v3/promo/sku/{sku}` (Walmart Prices and Promotions OpenAPI). */
export function priceRoutes(walmart: Walmart): readonly ApiRoute[] {
  return [
    sellerRoute(walmart, {
      method: "PUT",
      path: "/v3/price",
      operation: "updatePrice",
      limit: "priceWrite",
      scope: ["price", "full_access"],
      handle: (request, seller) =>
        request.query.get("promo") === "true" ? promote(request, seller) : price(request, seller),
    }),
    sellerRoute(walmart, {
      method: "GET",
      path: "/v3/promo/sku/:sku",
      operation: "getPromotionalPrices",
      limit: "promotionsRead",
      scope: ["price", "view_only"],
      handle({ params }, seller) {
        const item = seller.items.get(params["sku"] ?? "");
        if (!item?.prices.promotions.length) return notFound("PRICE", "sku");
        const pricing = item.prices.promotions.map(promotionBody);
        return { status: 200, body: { payload: { itemIdentifier: { sku: item.sku }, pricingList: { pricing } } } };
      },
    }),
  ];
}

/** What a buyer is asked now. */
export function simulatedPrices(seller: Seller): readonly SimulatedPrice[] {
  const money = (amount: number) => ({ amount: amount.toFixed(2), currency: "USD" });
  return [...seller.items.values()].map(({ sku, prices }) => {
    const running = runningPromotion(prices, Date.now());
    return { sku, price: money(prices.base), sale: running ? money(running.amount) : null };
  });
}

function price(request: ApiRequest, seller: Seller): ApiAnswer {
  return withPricing(request, seller, (item, pricing) => {
    const [entry] = pricing;
    const amount = readAmount(asObject(entry)?.["currentPrice"]);
    if (pricing.length !== 1 || asObject(entry)?.["currentPriceType"] !== "BASE" || amount === undefined) {
      return invalidParameter("pricing", "pricing needs one BASE price in USD");
    }
    item.prices.base = amount;
    return priceAnswer(item);
  });
}

function promote(request: ApiRequest, seller: Seller): ApiAnswer {
  return withPricing(request, seller, (item, pricing, body) => {
    const promotions = readPromotions(body, pricing, item.prices, Date.now());
    if (typeof promotions === "string") return invalidParameter(promotions, `${promotions} breaks the promotion rules`);
    item.prices.promotions = promotions;
    return priceAnswer(item);
  });
}

function withPricing(
  request: ApiRequest,
  seller: Seller,
  answer: (item: Item, pricing: readonly unknown[], body: NonNullable<ReturnType<typeof jsonBody>>) => ApiAnswer,
): ApiAnswer {
  const body = jsonBody(request);
  const pricing = asArray(body?.["pricing"]);
  if (!body || !pricing) return malformed("the body needs sku and pricing");
  const item = seller.items.get(asText(body["sku"]) ?? "");
  return item ? answer(item, pricing, body) : notFound("PRICE", "sku");
}

function priceAnswer({ sku }: Item): ApiAnswer {
  const message =
    "Thank you. Your price has been updated. Please allow up to five minutes for this change to be reflected.";
  return { status: 200, body: { ItemPriceResponse: { mart: "WALMART_US", sku, message } } };
}

function promotionBody({ type, amount, comparison, from, until }: Promotion) {
  const value = (dollars: number) => ({ value: { currency: "USD", amount: dollars } });
  return {
    currentPrice: value(amount),
    currentPriceType: type,
    comparisonPrice: value(comparison),
    comparisonPriceType: "BASE",
    effectiveDate: from,
    expirationDate: until,
  };
}
