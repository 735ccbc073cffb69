import {
  ChannelError,
  type CallContext,
  type ConnectionReport,
  type ExternalLocation,
} from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartClient } from "./client.ts";
import type { WalmartSettings } from "./credentials.ts";
import { locations } from "./locations.ts";

/** `scopes` is absent for some seller keys; a scope that is not named is not known to be missing. */
const TokenDetail = z.object({
  is_valid: z.boolean(),
  scopes: z.record(z.string(), z.string()).default({}),
});

/** What Lastunit does with each scope: writes inventory, reads the rest. */
const needed: readonly { readonly scope: string; readonly access: readonly string[]; readonly problem: string }[] = [
  {
    scope: "inventory",
    access: ["full_access"],
    problem: "The key may not write inventory: give it full access to Inventory in the developer portal.",
  },
  {
    scope: "orders",
    access: ["full_access", "view_only"],
    problem: "The key may not read orders: give it at least view access to Orders in the developer portal.",
  },
  {
    scope: "item",
    access: ["full_access", "view_only"],
    problem: "The key may not read items: give it at least view access to Items in the developer portal.",
  },
];

/** Asks Walmart what the token may do and whether the ship node to write is known. */
export async function check(
  client: WalmartClient,
  settings: WalmartSettings,
  call: CallContext,
): Promise<ConnectionReport> {
  const detail = await client.send({ method: "GET", path: "/v3/token/detail", answer: TokenDetail }, call);
  const problems = [
    ...(detail.is_valid ? [] : ["Walmart calls the access token invalid: check the client ID and client secret."]),
    ...needed
      .filter(({ scope, access }) => !access.includes(detail.scopes[scope] ?? "full_access"))
      .map(({ problem }) => problem),
    ...(await shipNodeProblems(client, settings, call)),
  ];
  return { ok: problems.length === 0, account: settings.sellerId, problems };
}

async function shipNodeProblems(
  client: WalmartClient,
  settings: WalmartSettings,
  call: CallContext,
): Promise<readonly string[]> {
  const nodes = await locations(client, call).catch((error: unknown) => {
    if (error instanceof ChannelError && error.httpStatus === 403) return null;
    throw error;
  });
  return nodes === null
    ? ["The key may not read ship nodes: give it at least view access to Shipping in the developer portal."]
    : problemsWith(nodes, settings);
}

function problemsWith(nodes: readonly ExternalLocation[], settings: WalmartSettings): readonly string[] {
  const known = nodes.map((node) => node.externalLocationId).join(", ");
  if (settings.shipNode === undefined) {
    return nodes.length > 1 ? [`The account has several ship nodes: name the one to write (${known}).`] : [];
  }
  return nodes.some((node) => node.externalLocationId === settings.shipNode)
    ? []
    : [`The account has no ship node ${settings.shipNode}: name one of ${known || "its own"}.`];
}
