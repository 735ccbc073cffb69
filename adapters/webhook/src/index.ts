export { webhookAdapter } from "./adapter.ts";
export type { WebhookCredentials, WebhookSettings } from "./credentials.ts";
