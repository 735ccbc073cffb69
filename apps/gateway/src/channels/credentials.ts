import type { ChannelAdapter, CredentialBox } from "@lastunit/adapter-contract";
import { createCredentialBox, type Channel } from "@lastunit/store";
import { z } from "zod";
import type { GatewayParts } from "../options.ts";

/** Credentials of any platform. */
export const storedCredentials = z.record(z.string(), z.unknown());

/** A channel's stored credentials, as its adapter reads them. */
export function credentialsOf(
  parts: Pick<GatewayParts, "store" | "vault">,
  adapter: ChannelAdapter,
  channel: Channel,
): CredentialBox<unknown> {
  const read = (stored: unknown) => storedCredentials.parse(adapter.credentials.parse(stored));
  const box = createCredentialBox(parts.store, parts.vault, channel, read);
  return {
    read: () => box.read(),
    renew: (renew) => box.renew(async (current) => storedCredentials.parse(await renew(current))),
  };
}

/** Credentials that are still to be proved; stored when they were. */
export class DraftCredentials implements CredentialBox<unknown> {
  value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  async read(): Promise<unknown> {
    return this.value;
  }

  async renew(renew: (current: unknown) => Promise<unknown>): Promise<unknown> {
    this.value = await renew(this.value);
    return this.value;
  }
}
