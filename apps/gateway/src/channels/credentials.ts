import { ChannelError, type ChannelAdapter, type CredentialBox } from "@lastunit/adapter-contract";
import { VaultError } from "@lastunit/config";
import { createCredentialBox, StoreError, type Channel } from "@lastunit/store";
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

/**
 * What is to be proved and kept of a channel that is connected again: the credentials given, with what the adapter
 * carries over from those stored. Stored ones that are gone or can't be read carry nothing: connecting again mends that.
 */
export async function carriedOver(
  parts: Pick<GatewayParts, "store" | "vault" | "log">,
  adapter: ChannelAdapter,
  channel: Channel,
  given: unknown,
): Promise<unknown> {
  if (!adapter.carryOver) return given;
  const box = createCredentialBox(parts.store, parts.vault, channel, (stored) => storedCredentials.parse(stored));
  try {
    return adapter.carryOver(given, await box.read());
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    parts.log.warn({ channel: channel.channelKey }, `nothing of the stored credentials goes on: ${error.message}`);
    return given;
  }
}

/** None are stored; or they don't open, or don't fit the adapter's schema any more. */
function isUnreadable(error: unknown): error is Error {
  if (error instanceof StoreError) return error.code === "credentials_missing";
  return error instanceof VaultError || (error instanceof ChannelError && error.code === "invalid_credentials");
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
