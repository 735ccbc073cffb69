import type { ShipNode } from "./seller.ts";

/** A purchase order: what one customer bought of one seller. */
export interface Order {
  readonly purchaseOrderId: string;
  readonly customerOrderId: string;
  /** Epoch milliseconds, as are all times here. */
  readonly placedAt: number;
  modifiedAt: number;
  readonly shipNode: ShipNode;
  readonly lines: readonly OrderLine[];
}

/** The states a unit goes through; a line may have units in several. */
export const unitStatuses = ["Created", "Acknowledged", "Shipped", "Cancelled"] as const;
export type UnitStatus = (typeof unitStatuses)[number];

export interface OrderLine {
  /** Counts from 1, as text. */
  readonly lineNumber: string;
  readonly sku: string;
  readonly title: string;
  readonly quantity: number;
  readonly price: number;
  /** Each unit: the node that holds it, and how far it is. */
  readonly units: { readonly shipNode: string; status: UnitStatus }[];
  statusAt: number;
  cancellationReason: string | null;
  /** Money went back: nothing of the units. */
  isRefunded: boolean;
}

const DAY_MS = 24 * 3_600_000;

/** The order as the Orders API tells it: quantities are text, times are numbers (Walmart Orders OpenAPI). */
export function orderBody(order: Order) {
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
    orderLines: { orderLine: order.lines.map(lineBody) },
    shipNode: { type: order.shipNode.type, name: order.shipNode.name, id: order.shipNode.id },
  };
}

export function unitsIn(line: OrderLine, status: UnitStatus) {
  return line.units.filter((unit) => unit.status === status);
}

function lineBody(line: OrderLine) {
  const amount = (units: number) => ({ unitOfMeasurement: "EACH", amount: String(units) });
  return {
    lineNumber: line.lineNumber,
    item: { sku: line.sku, productName: line.title, condition: "New" },
    charges: {
      charge: [
        {
          chargeType: "PRODUCT",
          chargeName: "ItemPrice",
          chargeAmount: { currency: "USD", amount: line.price },
        },
      ],
    },
    orderLineQuantity: amount(line.quantity),
    statusDate: line.statusAt,
    orderLineStatuses: {
      orderLineStatus: unitStatuses.flatMap((status) => {
        const units = unitsIn(line, status).length;
        const cancellationReason = status === "Cancelled" ? line.cancellationReason : null;
        return units === 0 ? [] : [{ status, statusQuantity: amount(units), cancellationReason, trackingInfo: null }];
      }),
    },
    refund: line.isRefunded ? { refundComments: "refunded by the seller" } : null,
    intentToCancel: null,
    fulfillment: { fulfillmentOption: "S2H", shipMethod: "STANDARD", storeId: null },
  };
}
