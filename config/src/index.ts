export * from "./logger.ts";
export * from "./vault.ts";
