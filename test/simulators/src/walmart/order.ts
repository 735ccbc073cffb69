/** A purchase order: what one customer bought of one seller. */
export interface Order {
  readonly purchaseOrderId: string;
  readonly customerOrderId: string;
  /** Epoch milliseconds, as are all times here. */
  readonly placedAt: number;
  modifiedAt: number;
  /** Null unless the whole order was cancelled. */
  cancelledAt: number | null;
  readonly lines: readonly OrderLine[];
}

export interface OrderLine {
  /** Counts from 1, as text. */
  readonly lineNumber: string;
  readonly sku: string;
  readonly title: string;
  readonly quantity: number;
  readonly price: number;
}

const DAY_MS = 24 * 3_600_000;

/** The order as the Orders API tells it: quantities are text, times are numbers (Walmart Orders OpenAPI). */
export function orderBody(order: Order, shipNode: { readonly id: string; readonly name: string }) {
  return {
    purchaseOrderId: order.purchaseOrderId,
    customerOrderId: order.customerOrderId,
    customerEmailId: "nocxemail@walmartone.com",
    orderType: "REGULAR",
    orderDate: order.placedAt,
    shippingInfo: {
      estimatedShipDate: order.placedAt + DAY_MS,
      estimatedDeliveryDate: order.placedAt + 4 * DAY_MS,
      methodCode: "Standard",
    },
    orderLines: { orderLine: order.lines.map((line) => lineBody(line, order)) },
    shipNode: { type: "SellerFulfilled", name: shipNode.name, id: shipNode.id },
  };
}

function lineBody({ lineNumber, sku, title, quantity, price }: OrderLine, { modifiedAt, cancelledAt }: Order) {
  const amount = { unitOfMeasurement: "EACH", amount: String(quantity) };
  return {
    lineNumber,
    item: { sku, productName: title, condition: "New" },
    charges: {
      charge: [
        {
          chargeType: "PRODUCT",
          chargeName: "ItemPrice",
          chargeAmount: { currency: "USD", amount: price },
        },
      ],
    },
    orderLineQuantity: amount,
    statusDate: modifiedAt,
    orderLineStatuses: {
      orderLineStatus: [
        {
          status: cancelledAt === null ? "Created" : "Cancelled",
          statusQuantity: amount,
          cancellationReason: cancelledAt === null ? null : "CUSTOMER_REQUESTED_SELLER_TO_CANCEL",
          trackingInfo: null,
        },
      ],
    },
    refund: null,
    intentToCancel: null,
    fulfillment: { fulfillmentOption: "S2H", shipMethod: "STANDARD", storeId: null },
  };
}
