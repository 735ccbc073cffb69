import { asArray, asObject, asText, type JsonObject } from "../kit/index.ts";
import { MARKETPLACE, type EventFilter } from "./account.ts";

/** Notification types that take an event filter (model notifications, EventFilter), of those the simulator sends. */
const FILTERED_TYPES = ["ORDER_CHANGE"];
const ORDER_CHANGE_TYPES = ["OrderStatusChange", "BuyerRequestedChange"];

/** The event filter of a new subscription, null where it has none. A text says what is wrong with it. */
export function readEventFilter(type: string, body: JsonObject): EventFilter | null | string {
  const given = asObject(asObject(body["processingDirective"])?.["eventFilter"]);
  if (!given) return null;
  if (asObject(body["processingDirective"])?.["filterExpression"] !== undefined) {
    return "eventFilter and filterExpression can't be given together";
  }
  if (!FILTERED_TYPES.includes(type) || given["eventFilterType"] !== type) return "eventFilterType does not fit";
  const marketplaceIds = texts(given["marketplaceIds"]);
  const orderChangeTypes = texts(given["orderChangeTypes"]);
  if (orderChangeTypes?.some((one) => !ORDER_CHANGE_TYPES.includes(one))) return "orderChangeTypes is invalid";
  return {
    eventFilterType: type,
    ...(marketplaceIds && { marketplaceIds }),
    ...(orderChangeTypes && { orderChangeTypes }),
  };
}

function texts(list: unknown): readonly string[] | undefined {
  return asArray(list)?.flatMap((one) => asText(one) ?? []);
}

/** Whether the filter lets a notification of the US marketplace through. */
export function passes(filter: EventFilter | undefined, orderChangeType: string | undefined): boolean {
  const { marketplaceIds = [MARKETPLACE], orderChangeTypes } = filter ?? {};
  if (!marketplaceIds.includes(MARKETPLACE)) return false;
  return !orderChangeTypes || orderChangeType === undefined || orderChangeTypes.includes(orderChangeType);
}
