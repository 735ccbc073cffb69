export { amazonAdapter } from "./adapter.ts";
export type { AmazonCredentials, AmazonSettings } from "./connection.ts";
