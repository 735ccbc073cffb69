export * from "./environment.ts";
export * from "./logger.ts";
export * from "./loop.ts";
export * from "./remember.ts";
export * from "./vault.ts";
