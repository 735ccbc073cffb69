export { channelKinds, type ChannelKind, type Json } from "./kinds.ts";
export * from "./adapter.ts";
export * from "./errors.ts";
export * from "./inventory.ts";
export * from "./orders.ts";
export * from "./outbound.ts";
export * from "./pacing.ts";
export * from "./webhooks.ts";
