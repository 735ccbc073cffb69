export { shopifyAdapter } from "./adapter.ts";
export type { ShopifyCredentials, ShopifySettings } from "./connection.ts";
