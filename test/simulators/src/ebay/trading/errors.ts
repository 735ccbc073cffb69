/** One `Errors` element of a Trading answer. */
export interface TradingError {
  readonly ShortMessage: string;
  readonly LongMessage: string;
  readonly ErrorCode: string;
  readonly SeverityCode: "Error" | "Warning";
  readonly ErrorClassification: "RequestError" | "SystemError";
}

/**
 * The refusals by code. 518, 930, 21916984, 21917053 and 21919144 are in eBay's own documents; the others are what its answers are
 * known by in the field and are not confirmed.
 */
const messages = {
  "5": "XML Parse error.",
  "17": "This item cannot be accessed because the listing has been deleted, is a Half.com listing, or you are not the seller.",
  "37": "Input data for tag is invalid or missing.",
  "291": "You are not allowed to revise ended listings.",
  "515": "The quantity must be a valid number greater than 0.",
  "518": "Your application has exceeded usage limit on this call, please make call to Developer Analytics API.",
  "930": "No token in the request.",
  "10012": "Invalid value for header.",
  "21916799": "SKU does not exist in Non-ManageBySKU item specified by ItemID.",
  "21916984": "Invalid IAF token.",
  "21917053": "Expired IAF token.",
  "21919144": "You have reached your revise limit. Try again later.",
  "21919165": "You have exceeded the number of times this listing can be revised in one day (250).",
  "21919474": "Inventory-based listing management is not currently supported by this tool.",
} as const;

export function tradingError(code: keyof typeof messages, detail = ""): TradingError {
  const ShortMessage = messages[code];
  return {
    ShortMessage,
    LongMessage: detail === "" ? ShortMessage : `${ShortMessage} ${detail}`,
    ErrorCode: code,
    SeverityCode: "Error",
    ErrorClassification: "RequestError",
  };
}
