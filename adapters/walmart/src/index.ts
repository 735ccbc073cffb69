export { walmartAdapter } from "./adapter.ts";
export type { WalmartCredentials, WalmartSettings } from "./credentials.ts";
