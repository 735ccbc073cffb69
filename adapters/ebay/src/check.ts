import { ChannelError, ifTold, type CallContext, type ConnectionReport } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "./client.ts";
import { accountOf } from "./connection.ts";
import { asText } from "./trading/xml.ts";
import { User } from "./user.ts";

/** What the token endpoint refuses, and how to mend it (eBay docs: OAuth authorization code grant). */
const credentialProblems: { readonly [code: string]: string } = {
  invalid_grant:
    "eBay refuses the refresh token (revoked, expired, or of another keyset): let the seller consent again and paste the new one.",
  invalid_client: "eBay refuses the App ID and Cert ID: copy both from the same production keyset (PRD, not SBX).",
};

const endsAtZero =
  "Out-of-stock control is off, so a listing that reaches 0 would end: turn it on in the seller's eBay site preferences.";

/**
 * Proves each right by its cheapest read; with those, that we speak for the right seller, and that a listing survives a
 * quantity of 0. Learns by the way what eBay grants this application, and paces by it.
 */
export async function check(client: EbayClient, call: CallContext): Promise<ConnectionReport> {
  const refused = [await proveInventory(client, call), await proveFulfillment(client, call)].flat();
  if (refused.length > 0) return reportOf(client, client.settings.seller, [...new Set(refused)]);
  for (const bucket of ["inventory", "fulfillment", "trading", "notification"] as const) {
    await client.learnPace(bucket, call);
  }
  const account = await userName(client, call);
  const problems = [anotherSeller(client, account), await endingAtZero(client, call)];
  return reportOf(
    client,
    account,
    problems.filter((problem) => problem !== null),
  );
}

async function reportOf(client: EbayClient, account: string, problems: readonly string[]): Promise<ConnectionReport> {
  const at = await client.consentEndsAt();
  const what = "the seller's consent ends: connect eBay again before";
  return { ok: problems.length === 0, account, problems, renewBy: at === undefined ? null : { at, what } };
}

const Counted = z.object({ total: z.number() });

function proveInventory(client: EbayClient, call: CallContext): Promise<readonly string[]> {
  return prove("sell.inventory", client, call, () =>
    client.asSeller("inventory", Counted, call, (api) => api.sell.inventory.getInventoryItems({ limit: 1 })),
  );
}

function proveFulfillment(client: EbayClient, call: CallContext): Promise<readonly string[]> {
  return prove("sell.fulfillment", client, call, () =>
    client.asSeller("fulfillment", Counted, call, (api) => api.sell.fulfillment.getOrders({ limit: 1 })),
  );
}

async function prove(
  scope: string,
  client: EbayClient,
  call: CallContext,
  read: () => Promise<unknown>,
): Promise<readonly string[]> {
  try {
    await read();
    return [];
  } catch (error) {
    if (!(error instanceof ChannelError) || error.failure !== "unauthorized") throw error;
    if (error.code === "invalid_scope") return missingScopes(client, call);
    return [
      credentialProblems[error.code] ??
        `eBay refuses ${scope} (${error.message}): consent again with the scope ${scope}.`,
    ];
  }
}

/** eBay refuses all scopes of a renewal for the one the consent lacks, and does not say which. */
async function missingScopes(client: EbayClient, call: CallContext): Promise<readonly string[]> {
  const missing = await client.missingScopes(call);
  const named = missing.length > 0 ? missing.join(" and ") : "a scope it does not name";
  return [`The seller's consent lacks ${named}: let the seller consent again, with all scopes.`];
}

/** As eBay names the seller; where it does not tell (it may withhold names), as the merchant did. */
async function userName(client: EbayClient, call: CallContext): Promise<string> {
  const user = await ifTold(() =>
    client.asSeller("notification", User, call, (api) => api.commerce.identity.getUser()),
  );
  return user?.username ?? client.settings.seller;
}

function anotherSeller({ settings }: EbayClient, account: string): string | null {
  if (accountOf({ seller: account }) === accountOf(settings)) return null;
  return `The consent is of ${account}, and this channel is ${settings.seller}'s: connect again, signed in to eBay as ${settings.seller}.`;
}

/**
 * Without out-of-stock control eBay ends a fixed-price listing at quantity 0 (eBay docs: out-of-stock-enable). Only the
 * Trading API tells; nothing is said where it does not.
 */
async function endingAtZero(client: EbayClient, call: CallContext): Promise<string | null> {
  const Preferences = z.object({ OutOfStockControlPreference: z.enum(["true", "false"]) });
  const told = await ifTold(() =>
    client.asSeller("trading", Preferences, call, (api) =>
      api.trading.GetUserPreferences({ ShowOutOfStockControlPreference: true }, asText),
    ),
  );
  return told?.OutOfStockControlPreference === "false" ? endsAtZero : null;
}
