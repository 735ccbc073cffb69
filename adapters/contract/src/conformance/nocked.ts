import { randomUUID } from "node:crypto";
import { createLogger, type Logger } from "@lastunit/config";
import nock from "nock";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { CallContext, ChannelAdapter, ChannelSession } from "../adapter.ts";
import { ChannelError } from "../errors.ts";
import type { ListingRef } from "../inventory.ts";
import { createOutbound, type Outbound } from "../outbound.ts";
import type { Pacer } from "../pacing.ts";
import type { WebhookChannel } from "../webhooks.ts";
import { callUntil } from "./harness.ts";
import { MemoryCredentials } from "./memory-credentials.ts";
import { secretsIn } from "./secrets-in.ts";
import { unpaced } from "./unpaced.ts";

/**
 * What an adapter's own tests share: the real client package against answers of nock's, so that each answer a channel
 * may give can be put before it.
 */

const silentLog = createLogger({ level: "silent", name: "adapter-test" });

/** Lets nothing out but what nock answers, and fails a test that did not make a call it announced. */
export function useNock(): void {
  beforeAll(() => nock.disableNetConnect());
  afterEach(() => {
    const pending = nock.pendingMocks();
    nock.cleanAll();
    expect(pending).toEqual([]);
  });
  afterAll(() => nock.enableNetConnect());
}

/** A channel as an adapter's own test opens it. */
export interface NockedChannel<Credentials> {
  readonly session: ChannelSession;
  readonly credentials: MemoryCredentials<Credentials>;
  readonly outbound: Outbound;
  /** The channel as the gateway knows it. */
  readonly channel: WebhookChannel<Credentials, unknown>;
  /** What the calls so far have spent, oldest first. */
  readonly spent: readonly Spent[];
  /** What the adapter has told the pacer of the channel's answers. */
  readonly observed: readonly ({ readonly bucket: string } & Parameters<Pacer["observe"]>[1])[];
}

export interface Spent {
  readonly bucket: string;
  readonly cost: number;
  readonly urgency: "prompt" | "background";
}

/** Opens a session that keeps what it spends. @param options.endpoint a server to call instead of what nock answers. */
export function openNocked<Credentials, Settings>(
  adapter: ChannelAdapter<Credentials, Settings>,
  options: {
    readonly credentials: Credentials;
    readonly settings: Settings;
    readonly pacer?: Pacer;
    readonly endpoint?: URL;
    readonly log?: Logger;
  },
): NockedChannel<Credentials> {
  const { settings, pacer = unpaced, endpoint, log = silentLog } = options;
  const credentials = new MemoryCredentials(options.credentials);
  const outbound = createOutbound({ endpoints: endpoint ? { [adapter.kind]: endpoint } : {}, log });
  const spent: Spent[] = [];
  const observed: NockedChannel<Credentials>["observed"][number][] = [];
  const session = adapter.open({
    channelId: randomUUID(),
    key: `${adapter.kind}:${adapter.accountOf(settings)}`,
    settings,
    credentials,
    outbound,
    pacer: {
      spend(bucket, work, how) {
        spent.push({ bucket, cost: how?.cost ?? 1, urgency: how?.urgency ?? "prompt" });
        return pacer.spend(bucket, work, how);
      },
      observe(bucket, seen) {
        observed.push({ bucket, ...seen });
        pacer.observe(bucket, seen);
      },
    },
    log,
  });
  const channel = {
    channelId: "channel-1",
    settings,
    credentials,
    url: "https://hub.example/webhooks/channel-1",
    outbound,
  };
  return { session, credentials, outbound, channel, spent, observed };
}

/** A listing that is named by its SKU; `rest` is what the adapter would have noted at import. */
export function listingOf(sku: string, rest: Partial<ListingRef> = {}): ListingRef {
  return { listingId: `listing-${sku}`, sku, externalId: sku, externalLocationId: null, external: {}, ...rest };
}

/** A call whose deadline passes when the test says so, not at a time that comes early on a busy machine. */
export function callToEnd(): { readonly call: CallContext; readonly passDeadline: () => void } {
  const deadline = new AbortController();
  const passDeadline = () => deadline.abort(new DOMException("The deadline has passed", "TimeoutError"));
  return { call: callUntil(deadline.signal), passDeadline };
}

/** The `ChannelError` a promise rejects with, proven to hold none of the secrets in any form it could be logged in. */
export async function channelErrorOf(promise: Promise<unknown>, secrets: readonly string[]): Promise<ChannelError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ChannelError)) throw new Error("expected a ChannelError", { cause: error });
  expect(secretsIn(error, secrets)).toEqual([]);
  return error;
}
