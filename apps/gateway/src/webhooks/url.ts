/** Where a channel's events are to be sent. */
export function webhookUrl(base: string, channel: { readonly kind: string; readonly channelId: string }): string {
  return `${base}/webhooks/${channel.kind}/${channel.channelId}`;
}
