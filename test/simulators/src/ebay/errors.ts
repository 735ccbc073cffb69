import type { ApiAnswer } from "../kit/index.ts";

/** One entry of `errors[]` in every REST answer of eBay. */
export interface EbayError {
  readonly errorId: number;
  readonly domain: string;
  readonly category: "REQUEST" | "APPLICATION" | "BUSINESS";
  readonly message: string;
  readonly longMessage?: string;
  readonly parameters?: readonly { readonly name: string; readonly value: string }[];
}

/** Inventory API errors by id (eBay Sell Inventory OpenAPI v1.18.4). */
const inventoryMessages = {
  25002: "A user error has occurred.",
  25702: "The SKU could not be found or is not available in the system.",
  25707: "This is an invalid value for a SKU.",
  25708: "Invalid SKU.",
  25709: "Invalid value.",
  25713: "This offer is not available.",
  25727: "The number of InventoryItems in the request cannot exceed the maximum.",
  25734: "All SKUs in the request must be unique.",
} as const;

export function inventoryError(errorId: keyof typeof inventoryMessages, name: string, value: string): EbayError {
  const message = inventoryMessages[errorId];
  const detail = { message, longMessage: `${message} ${name}: ${value}`, parameters: [{ name, value }] };
  return { errorId, domain: "API_INVENTORY", category: "REQUEST", ...detail };
}

export function notificationError(errorId: number, message: string): EbayError {
  return { errorId, domain: "API_NOTIFICATION", category: "REQUEST", message };
}

export function fulfillmentError(errorId: number, message: string): EbayError {
  return { errorId, domain: "API_FULFILLMENT", category: "REQUEST", message };
}

export function accessError(errorId: number, message: string): EbayError {
  return { errorId, domain: errorId === 1001 || errorId === 1002 ? "OAuth" : "ACCESS", category: "REQUEST", message };
}

export function refuse(status: number, ...errors: readonly EbayError[]): ApiAnswer {
  return { status, body: { errors } };
}

/** eBay names neither Retry-After nor a remaining count. */
export function tooManyRequests(): ApiAnswer {
  return { ...refuse(429, accessError(2001, "Too many requests.")), throttled: true };
}

/** The answer to a body that isn't a JSON object, or isn't called one by its Content-Type. */
export function unreadable(): ApiAnswer {
  return refuse(400, accessError(2004, "Invalid request: the body must be a JSON object sent as application/json."));
}
