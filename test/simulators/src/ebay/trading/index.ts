import type { ApiRoute } from "../../kit/index.ts";
import type { Ebay } from "../ebay.ts";
import { answerTrading, TRADING_PATH, tradingCallOf, type TradingCall } from "./call.ts";
import { getUserPreferences, setUserPreferences } from "./preferences.ts";
import { getItem, getSellerList } from "./reading.ts";
import { reviseInventoryStatus } from "./revising.ts";

export { tradingCallOf, tradingToken, usageLimitReached } from "./call.ts";

const calls: { readonly [name: string]: TradingCall } = {
  ReviseInventoryStatus: reviseInventoryStatus,
  GetItem: getItem,
  GetSellerList: getSellerList,
  GetUserPreferences: getUserPreferences,
  SetUserPreferences: setUserPreferences,
};

/** The Trading API: XML to one address, a header names the call. */
export function tradingRoutes(ebay: Ebay): readonly ApiRoute[] {
  return [
    {
      method: "POST",
      path: TRADING_PATH,
      operation: (request) => tradingCallOf(request) || "unknown",
      operations: Object.keys(calls),
      handle: (request) => answerTrading(ebay, calls, request),
    },
  ];
}
