import type { JsonObject } from "../../kit/index.ts";
import type { Seller } from "../seller.ts";
import type { TradingAnswer } from "./call.ts";
import { tradingError } from "./errors.ts";

/** Tells only what was asked for. */
export function getUserPreferences(seller: Seller, request: JsonObject): TradingAnswer {
  const isAsked = request["ShowOutOfStockControlPreference"] === "true";
  return { fields: isAsked ? { OutOfStockControlPreference: seller.outOfStockControl } : {} };
}

export function setUserPreferences(seller: Seller, request: JsonObject): TradingAnswer {
  const wanted = request["OutOfStockControlPreference"];
  if (wanted !== "true" && wanted !== "false") return { errors: [tradingError("37", "OutOfStockControlPreference")] };
  seller.outOfStockControl = wanted === "true";
  return { fields: {} };
}
