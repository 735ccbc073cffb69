export * from "./environment.ts";
export * from "./free-port.ts";
export * from "./logger.ts";
export * from "./loop.ts";
export * from "./message-of.ts";
export * from "./remember.ts";
export * from "./vault.ts";
