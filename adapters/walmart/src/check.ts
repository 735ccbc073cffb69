import { ChannelError, ifTold, type CallContext, type ConnectionReport } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartClient } from "./client.ts";
import type { WalmartConnection, WalmartSettings } from "./credentials.ts";
import { locations } from "./locations.ts";
import { id } from "./numbers.ts";

/** `scopes` is absent for some seller keys; a scope that is not named is not known to be missing. */
const TokenDetail = z.object({
  is_valid: z.boolean(),
  is_channel_match: z.boolean().nullish(),
  scopes: z.record(z.string(), z.string()).nullish(),
});

/** Whose keys they are (Walmart Marketplace OpenAPI, Settings). Its schema requires nothing of it. */
const PartnerProfile = z.object({ partner: z.object({ partnerId: id.nullish() }).nullish() });

const viewing = ["full_access", "view_only"];

/** What Lastunit does with each scope: writes inventory, also by feed, and reads the rest. */
function neededBy(settings: WalmartSettings) {
  return [
    {
      scope: "inventory",
      access: ["full_access"],
      problem: "The key may not write inventory: give it full access to Inventory in the developer portal.",
    },
    {
      scope: "feeds",
      access: ["full_access"],
      problem: "The key may not submit feeds: give it full access to Feeds in the developer portal.",
    },
    {
      scope: "orders",
      access: viewing,
      problem: "The key may not read orders: give it at least view access to Orders in the developer portal.",
    },
    {
      scope: "item",
      access: viewing,
      problem: "The key may not read items: give it at least view access to Items in the developer portal.",
    },
    ...(settings.restockReturns === "yes"
      ? [
          {
            scope: "returns",
            access: viewing,
            problem: "The key may not read returns: give it at least view access to Returns in the developer portal.",
          },
        ]
      : []),
  ];
}

/** Asks Walmart what the token may do, whose it is, and whether the ship node to write is known. */
export async function check(
  client: WalmartClient,
  { settings, credentials }: WalmartConnection,
  call: CallContext,
): Promise<ConnectionReport> {
  const detail = await client.send({ method: "GET", path: "/v3/token/detail", answer: TokenDetail }, call);
  const scopes = detail.scopes ?? {};
  const problems = [
    ...(detail.is_valid ? [] : ["Walmart calls the access token invalid: check the client ID and client secret."]),
    ...(detail.is_channel_match === false
      ? ["Walmart knows the app under another channel type: enter the one it was given at onboarding."]
      : []),
    ...neededBy(settings)
      .filter(({ scope, access }) => !access.includes(scopes[scope] ?? "full_access"))
      .map(({ problem }) => problem),
    ...(await partnerProblems(client, settings, call)),
    ...(await shipNodeProblems(client, settings, call)),
  ];
  const { refreshTokenExpiresAt } = await credentials.read();
  return {
    ok: problems.length === 0,
    account: settings.sellerId,
    problems,
    renewBy:
      refreshTokenExpiresAt === undefined
        ? null
        : { at: refreshTokenExpiresAt, what: "The seller's consent ends: connect again and agree on Walmart's page." },
  };
}

/** Keys whose profile Walmart does not tell, or not in a form that we know, are not known to be another's. */
async function partnerProblems(
  client: WalmartClient,
  { sellerId }: WalmartSettings,
  call: CallContext,
): Promise<readonly string[]> {
  const request = { bucket: "partner_profile", method: "GET", path: "/v3/settings/partnerprofile" } as const;
  const profile = await ifTold(() => client.send({ ...request, answer: PartnerProfile }, call));
  const owner = profile?.partner?.partnerId ?? sellerId;
  return owner === sellerId
    ? []
    : [
        `The keys belong to partner ${owner}, not to ${sellerId}: correct the partner ID, or enter that partner's keys.`,
      ];
}

async function shipNodeProblems(
  client: WalmartClient,
  settings: WalmartSettings,
  call: CallContext,
): Promise<readonly string[]> {
  const nodes = await nullIfForbidden(locations(client, call));
  if (nodes === null) {
    return ["The key may not read ship nodes: give it at least view access to Shipping in the developer portal."];
  }
  const ids = nodes.map((node) => node.externalLocationId);
  return settings.shipNode === undefined || ids.includes(settings.shipNode)
    ? []
    : [`The account has no ship node ${settings.shipNode}: name one of ${ids.join(", ") || "its own"}.`];
}

async function nullIfForbidden<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof ChannelError && error.httpStatus === 403) return null;
    throw error;
  }
}
