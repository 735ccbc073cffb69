import type { ApiRequest } from "../kit/index.ts";
import { queryInteger } from "../kit/index.ts";

/** What a customer sends back of one order (an RMA). */
export interface ReturnOrder {
  readonly returnOrderId: string;
  readonly purchaseOrderId: string;
  readonly customerOrderId: string;
  readonly lineNumber: string;
  readonly sku: string;
  readonly title: string;
  readonly quantity: number;
  /** The customer was refunded and keeps the goods. */
  readonly isKeepIt: boolean;
  /** Epoch milliseconds. */
  readonly openedAt: number;
  modifiedAt: number;
  status: "INITIATED" | "DELIVERED" | "COMPLETED";
  /** What happened so far, newest first (Walmart docs: returns status). */
  readonly events: { readonly eventTag: string; readonly eventTime: number }[];
}

export interface ReturnSearch {
  readonly limit: number;
  readonly returnOrderId: string | null;
  readonly created: { readonly from: number; readonly to: number };
  readonly modified: { readonly from: number; readonly to: number };
}

/** Reads the query of `GET /v3/returns`. @returns the name of the parameter that is wrong, if one is. */
export function readReturnSearch(request: ApiRequest): ReturnSearch | string {
  const limit = queryInteger(request, "limit", { fallback: 10, min: 1, max: 200 });
  if (limit === undefined) return "limit";
  const created = readWindow(request, "returnCreation");
  if (!created) return "returnCreationStartDate";
  const modified = readWindow(request, "returnLastModified");
  if (!modified) return "returnLastModifiedStartDate";
  return { limit, returnOrderId: request.query.get("returnOrderId"), created, modified };
}

export function isReturnFound(order: ReturnOrder, search: ReturnSearch): boolean {
  const isWithin = (at: number, { from, to }: { from: number; to: number }) => at >= from && at <= to;
  return (
    (search.returnOrderId ?? order.returnOrderId) === order.returnOrderId &&
    isWithin(order.openedAt, search.created) &&
    isWithin(order.modifiedAt, search.modified)
  );
}

/** A start date without its end date is refused, as sellers report it. */
function readWindow(request: ApiRequest, prefix: string) {
  const start = request.query.get(`${prefix}StartDate`);
  const end = request.query.get(`${prefix}EndDate`);
  if (start === null && end === null) return { from: 0, to: Infinity };
  const window = { from: Date.parse(start ?? ""), to: Date.parse(end ?? "") };
  return Number.isNaN(window.from) || Number.isNaN(window.to) ? undefined : window;
}

/** The return as the Returns API tells it: ids are text, line numbers are numbers (Walmart Returns OpenAPI). */
export function returnBody(order: ReturnOrder) {
  const time = (at: number) => new Date(at).toISOString();
  const measured = { unitOfMeasure: "EACH", measurementValue: order.quantity };
  return {
    returnOrderId: order.returnOrderId,
    customerOrderId: order.customerOrderId,
    returnType: "REFUND",
    returnOrderDate: time(order.openedAt),
    returnOrderLines: [
      {
        returnOrderLineNumber: 1,
        salesOrderLineNumber: Number(order.lineNumber),
        purchaseOrderId: order.purchaseOrderId,
        purchaseOrderLineNumber: Number(order.lineNumber),
        item: { sku: order.sku, productName: order.title },
        quantity: measured,
        returnExpectedFlag: !order.isKeepIt,
        isKeepIt: order.isKeepIt,
        refundedQty: order.status === "COMPLETED" ? order.quantity : 0,
        returnTrackingDetail: order.events.map(({ eventTag, eventTime }, index) => ({
          sequenceNo: order.events.length - 1 - index,
          eventTag,
          eventTime: time(eventTime),
        })),
        status: order.status,
        statusTime: time(order.modifiedAt),
        currentTrackingStatuses: [{ status: order.status, statusTime: time(order.modifiedAt), quantity: measured }],
      },
    ],
  };
}
