import { asArray, asObject, asText, jsonBody, type ApiAnswer, type ApiRequest, type ApiRoute } from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import { acknowledge, cancelUnits, openUnits, refundLine, shipUnits } from "./buying.ts";
import { invalidParameter, malformed, notFound } from "./errors.ts";
import { orderBody, type Order, type OrderLine } from "./order.ts";
import type { Seller } from "./seller.ts";
import type { Walmart } from "./walmart.ts";

const PATH = "/v3/orders/:purchaseOrderId";

/** What the seller does with an order: POST acknowledge, shipping, cancel, refund (Walmart Orders OpenAPI). */
export function orderActions(walmart: Walmart): readonly ApiRoute[] {
  const scope = ["orders", "full_access"] as const;
  return [
    sellerRoute(walmart, {
      method: "POST",
      path: `${PATH}/acknowledge`,
      operation: "acknowledgeOrders",
      limit: "orderAcknowledge",
      scope,
      handle: (request, seller) =>
        withOrder(request, seller, (order) => {
          acknowledge(order);
          return orderAnswer(order);
        }),
    }),
    sellerRoute(walmart, {
      method: "POST",
      path: `${PATH}/shipping`,
      operation: "shippingUpdates",
      limit: "orderShip",
      scope,
      handle: (request, seller) =>
        withLines(request, seller, "orderShipment", "Shipped", (order, line, units) =>
          shipUnits(seller, order, line, units, walmart.shippingLowersInput),
        ),
    }),
    sellerRoute(walmart, {
      method: "POST",
      path: `${PATH}/cancel`,
      operation: "cancelOrderLines",
      limit: "orderCancel",
      scope,
      handle: (request, seller) =>
        withLines(request, seller, "orderCancellation", "Cancelled", (order, line, units, reason) =>
          cancelUnits(seller, order, line, units, reason),
        ),
    }),
    sellerRoute(walmart, {
      method: "POST",
      path: `${PATH}/refund`,
      operation: "refundOrderLines",
      limit: "orderRefund",
      scope,
      handle: (request, seller) => withOrder(request, seller, (order) => refund(request, order)),
    }),
  ];
}

function withOrder(request: ApiRequest, seller: Seller, answer: (order: Order) => ApiAnswer): ApiAnswer {
  const order = seller.orders.get(request.params["purchaseOrderId"] ?? "");
  return order ? answer(order) : notFound("ORDER", "purchaseOrderId");
}

/** Acts on the lines the body names, or on none of them when one is wrong. */
function withLines(
  request: ApiRequest,
  seller: Seller,
  root: "orderShipment" | "orderCancellation",
  status: "Shipped" | "Cancelled",
  act: (order: Order, line: OrderLine, units: number, reason: string) => void,
): ApiAnswer {
  return withOrder(request, seller, (order) => {
    const named = asArray(asObject(asObject(jsonBody(request)?.[root])?.["orderLines"])?.["orderLine"]);
    if (!named?.length) return malformed(`${root}.orderLines.orderLine is missing`);
    const wanted = named.map((entry) => readLine(entry, order, status));
    const wrong = wanted.find((each) => typeof each === "string");
    if (wrong !== undefined) return invalidParameter(wrong, `${wrong} is missing or not right`);
    for (const each of wanted) if (typeof each !== "string") act(order, each.line, each.units, each.reason);
    return orderAnswer(order);
  });
}

function refund(request: ApiRequest, order: Order): ApiAnswer {
  const named = asArray(asObject(asObject(jsonBody(request)?.["orderRefund"])?.["orderLines"])?.["orderLine"]);
  if (!named?.length) return malformed("orderRefund.orderLines.orderLine is missing");
  const numbers = named.map((entry) => asText(asObject(entry)?.["lineNumber"]));
  const lines = order.lines.filter(({ lineNumber }) => numbers.includes(lineNumber));
  if (lines.length < numbers.length) return invalidParameter("lineNumber", "lineNumber is missing or not right");
  for (const line of lines) refundLine(order, line);
  return orderAnswer(order);
}

function readLine(entry: unknown, order: Order, status: "Shipped" | "Cancelled") {
  const line = order.lines.find(({ lineNumber }) => lineNumber === asText(asObject(entry)?.["lineNumber"]));
  if (!line) return "lineNumber";
  const [only] = asArray(asObject(asObject(entry)?.["orderLineStatuses"])?.["orderLineStatus"]) ?? [];
  const wanted = asObject(only);
  if (wanted?.["status"] !== status) return "status";
  const reason = asText(wanted["cancellationReason"]);
  if (status === "Cancelled" && !reason) return "cancellationReason";
  if (status === "Shipped" && !asObject(wanted["trackingInfo"])) return "trackingInfo";
  const units = Number(asText(asObject(wanted["statusQuantity"])?.["amount"]) ?? NaN);
  if (!Number.isSafeInteger(units) || units < 1 || units > openUnits(line).length) return "statusQuantity";
  return { line, units, reason: reason ?? "" };
}

function orderAnswer(order: Order): ApiAnswer {
  return { status: 200, body: { order: orderBody(order) } };
}
