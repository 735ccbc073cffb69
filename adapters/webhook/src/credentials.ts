import type { ConnectField } from "@lastunit/adapter-contract";
import { z } from "zod";

/** `whsec_` and 24 to 64 random bytes in base64. Source: Standard Webhooks specification, "Signature scheme". */
const Secret = z.string().refine(isSecret, "whsec_ and 24 to 64 bytes in base64");

/** During a rotation `previousSecret` is accepted beside `secret`. */
export const WebhookCredentials = z.object({ secret: Secret, previousSecret: Secret.optional() });
export type WebhookCredentials = z.infer<typeof WebhookCredentials>;

/** `name` is what the merchant calls the system: "POS Main Street". */
export const WebhookSettings = z.object({
  name: z
    .string()
    .min(1)
    .max(40)
    .regex(/[A-Za-z0-9]/, "needs a letter or a digit"),
});
export type WebhookSettings = z.infer<typeof WebhookSettings>;

function isSecret(text: string): boolean {
  const key = Buffer.from(text.replace(/^whsec_/, ""), "base64");
  return key.length >= 24 && key.length <= 64 && text === `whsec_${key.toString("base64")}`;
}

/** "POS Main Street" becomes `pos-main-street`. */
export function accountOf(settings: WebhookSettings): string {
  return settings.name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

export const fields: readonly ConnectField[] = [
  {
    name: "name",
    part: "settings",
    label: "Name",
    help: "What you call the system that sends: POS Main Street, 3PL West, ERP.",
    sensitive: false,
    required: true,
  },
  {
    name: "secret",
    part: "credentials",
    label: "Signing secret",
    help: "whsec_ and at least 24 random bytes in base64; the sender signs with it.",
    sensitive: true,
    required: true,
  },
  {
    name: "previousSecret",
    part: "credentials",
    label: "Previous signing secret",
    help: "Still accepted while the sender changes to the new one; empty it afterwards.",
    sensitive: true,
    required: false,
  },
];
