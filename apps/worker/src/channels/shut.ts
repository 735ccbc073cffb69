import { ChannelError, type CredentialBox, type Pacer } from "@lastunit/adapter-contract";

/**
 * What the session of a channel that must be connected again is opened with: it can read what deliveries tell by themselves, and
 * makes no call, for each needs the pacer and the credentials. Not `unauthorized`: the channel itself has refused nothing.
 */
export const shut: { readonly credentials: CredentialBox<never>; readonly pacer: Pacer } = {
  credentials: { read: refuse, renew: refuse },
  pacer: { spend: refuse, observe: () => {} },
};

function refuse(): Promise<never> {
  const message = "No call is made to the channel until it is connected again.";
  return Promise.reject(new ChannelError("unavailable", message, { code: "needs_reconnect" }));
}
