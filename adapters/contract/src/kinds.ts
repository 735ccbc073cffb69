/** The platforms this build can talk to. `webhook` stands for POS, 3PL/WMS, ERP and own storefronts. */
export const channelKinds = ["shopify", "amazon", "ebay", "walmart", "webhook"] as const;

export type ChannelKind = (typeof channelKinds)[number];

/** A value that survives `JSON.stringify` unchanged. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
