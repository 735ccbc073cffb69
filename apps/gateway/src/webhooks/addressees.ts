import {
  WebhookError,
  type RawRequest,
  type VerifiedDelivery,
  type WebhookChannel,
  type WebhookReceiver,
} from "@lastunit/adapter-contract";
import { remember } from "@lastunit/config";
import { Problem } from "@lastunit/config/http";
import { findChannel, remembering, type Channel } from "@lastunit/store";
import { z } from "zod";
import { credentialsOf } from "../channels/credentials.ts";
import { adapterOf } from "../channels/kind.ts";
import type { GatewayParts } from "../options.ts";
import { webhookUrl } from "./url.ts";

/** The channel a request was addressed to, as its adapter verifies it. */
export interface Addressee {
  readonly channel: Channel;
  readonly receiver: WebhookReceiver<unknown, unknown>;
  readonly webhookChannel: WebhookChannel<unknown, unknown>;
}

export interface Addressees {
  /** @throws {Problem} 404 */
  find(kind: string, channelId: string): Promise<Addressee>;
  /** As it is stored right now. @throws {Problem} 404 */
  findAnew(kind: string, channelId: string): Promise<Addressee>;
  /** Proves a request genuine. @throws {WebhookError} when it is not, also by what is stored right now. */
  verify(addressee: Addressee, request: RawRequest): Promise<VerifiedDelivery>;
}

/** A flash sale's deliveries come in bursts: reading the channel and opening its secrets for each costs more than the rest. */
const REMEMBER_MS = 2_000;

export function createAddressees(parts: GatewayParts): Addressees {
  const addressees = remember((channelId) => load(parts, channelId), REMEMBER_MS);

  async function find(kind: string, channelId: string): Promise<Addressee> {
    const found = z.uuid().safeParse(channelId).success ? await addressees(channelId) : undefined;
    if (found?.channel.kind !== kind) throw new Problem(404, "unknown_channel", "There is no such channel.");
    return found;
  }

  function findAnew(kind: string, channelId: string): Promise<Addressee> {
    addressees.forget(channelId);
    return find(kind, channelId);
  }

  return {
    find,
    findAnew,
    async verify(addressee, request) {
      try {
        return await addressee.receiver.verify(request, addressee.webhookChannel, Date.now());
      } catch (error) {
        if (!(error instanceof WebhookError) || error.reason !== "unauthorized") throw error;
        // The secret may have been changed since it was remembered.
        const { channelId, kind } = addressee.channel;
        const { receiver, webhookChannel } = await findAnew(kind, channelId);
        return receiver.verify(request, webhookChannel, Date.now());
      }
    },
  };
}

async function load(parts: GatewayParts, channelId: string): Promise<Addressee | undefined> {
  const channel = await findChannel(parts.store, channelId);
  const adapter = channel && adapterOf(parts, channel);
  if (!channel || !adapter?.webhooks) return undefined;
  const webhookChannel: WebhookChannel<unknown, unknown> = {
    channelId,
    settings: channel.settings,
    credentials: remembering(credentialsOf(parts, adapter, channel)),
    url: webhookUrl(parts.url(), channel),
    outbound: parts.outbound,
  };
  return { channel, receiver: adapter.webhooks, webhookChannel };
}
