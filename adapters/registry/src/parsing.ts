import {
  ChannelError,
  type ChannelAdapter,
  type ChannelFailure,
  type CredentialBox,
  type WebhookReceiver,
} from "@lastunit/adapter-contract";

type Shape<T> = ChannelAdapter<T>["credentials"];

/**
 * The same adapter for callers that hold any kind of channel, and so credentials and settings of unknown shape: what
 * they pass is read with the adapter's own schemas before the adapter sees it.
 *
 * @returns an adapter that throws `ChannelError` for values that do not fit: `unauthorized` for credentials (the
 * merchant must connect again), `rejected` for settings.
 */
export function parsing<Credentials, Settings>(adapter: ChannelAdapter<Credentials, Settings>): ChannelAdapter {
  const { webhooks } = adapter;
  const settingsOf = (settings: unknown) => fit(adapter.settings, settings, "rejected", "settings");
  const credentialsOf = (credentials: unknown) => fit(adapter.credentials, credentials, "unauthorized", "credentials");
  const boxOf = (box: CredentialBox<unknown>) => parsingBox(credentialsOf, box);
  return {
    ...adapter,
    accountOf: (settings) => adapter.accountOf(settingsOf(settings)),
    open: (connection) =>
      adapter.open({
        ...connection,
        settings: settingsOf(connection.settings),
        credentials: boxOf(connection.credentials),
      }),
    ...(adapter.carryOver && {
      carryOver: (given, stored) => adapter.carryOver?.(credentialsOf(given), credentialsOf(stored)),
    }),
    ...(webhooks && { webhooks: parsingReceiver(webhooks, settingsOf, boxOf) }),
  };
}

function parsingReceiver<Credentials, Settings>(
  receiver: WebhookReceiver<Credentials, Settings>,
  settingsOf: (settings: unknown) => Settings,
  boxOf: (box: CredentialBox<unknown>) => CredentialBox<Credentials>,
): WebhookReceiver<unknown, unknown> {
  const channelOf = (channel: Parameters<WebhookReceiver<unknown, unknown>["verify"]>[1]) => ({
    ...channel,
    settings: settingsOf(channel.settings),
    credentials: boxOf(channel.credentials),
  });
  return {
    ...(receiver.handshake && {
      handshake: async (request, channel) => receiver.handshake?.(request, channelOf(channel)),
    }),
    verify: async (request, channel, now) => receiver.verify(request, channelOf(channel), now),
  };
}

function parsingBox<Credentials>(
  credentialsOf: (stored: unknown) => Credentials,
  box: CredentialBox<unknown>,
): CredentialBox<Credentials> {
  return {
    read: async () => credentialsOf(await box.read()),
    renew: async (renew) => credentialsOf(await box.renew(async (current) => renew(credentialsOf(current)))),
  };
}

/** Names the fields that do not fit, never their values. */
function fit<T>(shape: Shape<T>, value: unknown, failure: ChannelFailure, what: "credentials" | "settings"): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const names = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
  throw new ChannelError(failure, `The channel's stored ${what} do not fit: ${names}`, { code: `invalid_${what}` });
}
