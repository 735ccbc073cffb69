export { ebayAdapter } from "./adapter.ts";
export type { EbayCredentials, EbaySettings } from "./connection.ts";
