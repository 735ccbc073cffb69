import { amazonAdapter } from "@lastunit/adapter-amazon";
import type { ChannelAdapter, ChannelKind } from "@lastunit/adapter-contract";
import { ebayAdapter } from "@lastunit/adapter-ebay";
import { shopifyAdapter } from "@lastunit/adapter-shopify";
import { walmartAdapter } from "@lastunit/adapter-walmart";
import { webhookAdapter } from "@lastunit/adapter-webhook";
import { parsing } from "./parsing.ts";

/** Every adapter this build ships. They check the credentials and settings they are given, so callers need no types. */
export const adapters: Readonly<Record<ChannelKind, ChannelAdapter>> = {
  shopify: parsing(shopifyAdapter),
  amazon: parsing(amazonAdapter),
  ebay: parsing(ebayAdapter),
  walmart: parsing(walmartAdapter),
  webhook: parsing(webhookAdapter),
};

export function adapterOf(kind: ChannelKind): ChannelAdapter {
  return adapters[kind];
}
