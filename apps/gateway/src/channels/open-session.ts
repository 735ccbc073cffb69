import { randomUUID } from "node:crypto";
import {
  outOfCalls,
  type CallContext,
  type ChannelAdapter,
  type ChannelConnection,
  type ChannelSession,
  type CredentialBox,
} from "@lastunit/adapter-contract";
import type { GatewayParts } from "../options.ts";

/** One step (the proof, the subscriptions, a page of listings) may take this long, waits for the platform's limit included. */
const STEP_DEADLINE_MS = 60_000;

/** Opens a session for as long as `work` lasts. */
export async function withSession<T>(
  parts: GatewayParts,
  adapter: ChannelAdapter,
  channel: Pick<ChannelConnection<unknown, unknown>, "channelId" | "key" | "settings">,
  credentials: CredentialBox<unknown>,
  work: (session: ChannelSession) => Promise<T>,
): Promise<T> {
  const log = parts.log.child({ channel: channel.key });
  const pacer = parts.queues.pacer(channel.channelId, adapter.limits, outOfCalls);
  try {
    const session = adapter.open({ ...channel, credentials, outbound: parts.outbound, pacer, log });
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  } finally {
    await pacer.close();
  }
}

/** The limits of one step. */
export function callContext(parts: GatewayParts): CallContext {
  return { signal: AbortSignal.timeout(STEP_DEADLINE_MS), idempotencyKey: randomUUID(), log: parts.log };
}
