import type { CredentialBox } from "@lastunit/adapter-contract";
import { createCredentialBox, type Channel } from "@lastunit/store";
import { z } from "zod";
import type { GatewayParts } from "../options.ts";

/** Credentials of any platform; the registry's adapters read them with their own schemas. */
export const storedCredentials = z.record(z.string(), z.unknown());

/** A connected channel's stored credentials. */
export function credentialsOf(parts: GatewayParts, channel: Channel): CredentialBox<unknown> {
  const box = createCredentialBox(parts.store, parts.vault, channel, (stored) => storedCredentials.parse(stored));
  return {
    read: () => box.read(),
    renew: (renew) => box.renew(async (current) => storedCredentials.parse(await renew(current))),
  };
}
