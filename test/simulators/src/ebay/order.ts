/** A paid order of one buyer, one line an item. */
export interface Order {
  readonly orderId: string;
  readonly createdAt: string;
  modifiedAt: string;
  /** Null until the seller ships it. */
  shippedAt: string | null;
  /** Null unless the whole order was cancelled. */
  cancellation: { readonly requestId: string; readonly at: string } | null;
  readonly lines: readonly OrderLine[];
}

export interface OrderLine {
  readonly lineItemId: string;
  readonly sku: string;
  readonly title: string;
  readonly listingId: string;
  /** "0" on a listing without variations. */
  readonly variationId: string;
  readonly quantity: number;
  readonly price: { readonly value: string; readonly currency: string };
}

/**
 * The order as the Fulfillment API tells it. `cancelRequests` is filled by getOrder alone and always empty in getOrders
 * (eBay Sell Fulfillment API: CancelStatus).
 */
export function orderBody(order: Order, marketplaceId: string, readBy: "getOrder" | "getOrders") {
  const { cancellation } = order;
  const fulfillment = order.shippedAt === null ? "NOT_STARTED" : "FULFILLED";
  return {
    orderId: order.orderId,
    legacyOrderId: order.orderId,
    creationDate: order.createdAt,
    lastModifiedDate: order.modifiedAt,
    orderFulfillmentStatus: fulfillment,
    orderPaymentStatus: cancellation ? "FULLY_REFUNDED" : "PAID",
    cancelStatus: {
      cancelState: cancellation ? "CANCELED" : "NONE_REQUESTED",
      ...(cancellation && { cancelledDate: cancellation.at }),
      cancelRequests: cancellation && readBy === "getOrder" ? [cancelRequest(cancellation)] : [],
    },
    pricingSummary: { total: total(order) },
    paymentSummary: {
      totalDueSeller: total(order),
      refunds: cancellation ? [refund(order, cancellation)] : [],
    },
    fulfillmentStartInstructions: [{ fulfillmentInstructionsType: "SHIP_TO", ebaySupportedFulfillment: false }],
    lineItems: order.lines.map((line) => ({
      lineItemId: line.lineItemId,
      legacyItemId: line.listingId,
      legacyVariationId: line.variationId,
      sku: line.sku,
      title: line.title,
      quantity: line.quantity,
      lineItemCost: { value: amount(line), currency: line.price.currency },
      soldFormat: "FIXED_PRICE",
      listingMarketplaceId: marketplaceId,
      purchaseMarketplaceId: marketplaceId,
      lineItemFulfillmentStatus: fulfillment,
      refunds: [],
    })),
  };
}

function cancelRequest({ requestId, at }: NonNullable<Order["cancellation"]>) {
  return {
    cancelRequestId: requestId,
    cancelInitiator: "BUYER",
    cancelReason: "BUYER_ASKED_CANCEL",
    cancelRequestState: "COMPLETED",
    cancelRequestedDate: at,
    cancelCompletedDate: at,
  };
}

/** Money only: a refund by itself never moves stock. */
function refund(order: Order, { requestId, at }: NonNullable<Order["cancellation"]>) {
  return { refundId: requestId, refundStatus: "REFUNDED", amount: total(order), refundDate: at };
}

function amount(line: OrderLine): string {
  return (Number(line.price.value) * line.quantity).toFixed(2);
}

function total(order: Order) {
  const value = order.lines.reduce((sum, line) => sum + Number(amount(line)), 0).toFixed(2);
  return { value, currency: "USD" };
}
