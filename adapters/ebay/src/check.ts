import { ChannelError, type CallContext, type ConnectionReport } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "./client.ts";
import { SELLER_SCOPES } from "./requests.ts";

/** What the token endpoint refuses, and how to mend it (eBay docs: OAuth authorization code grant). */
const credentialProblems: { readonly [code: string]: string } = {
  invalid_grant:
    "eBay refuses the refresh token (revoked, expired, or of another keyset): let the seller consent again and paste the new one.",
  invalid_client: "eBay refuses the App ID and Cert ID: copy both from the same production keyset.",
  invalid_scope: `The seller's consent lacks a scope: consent again with ${SELLER_SCOPES.join(" ")}`,
};

const endsAtZero =
  "Out-of-stock control is off, so a listing that reaches 0 would end: turn it on in the seller's eBay site preferences.";

/** Proves each right by its cheapest read; with those, that a listing survives a quantity of 0. */
export async function check(client: EbayClient, call: CallContext): Promise<ConnectionReport> {
  const refused = [await proveInventory(client, call), await proveFulfillment(client, call)];
  const problems = [...new Set(refused.filter((problem) => problem !== null))];
  if (problems.length > 0) return { ok: false, account: client.settings.seller, problems };
  const account = await userName(client, call);
  const survives = await hasOutOfStockControl(client, call);
  return survives === false ? { ok: false, account, problems: [endsAtZero] } : { ok: true, account, problems: [] };
}

const Counted = z.object({ total: z.number() });

function proveInventory(client: EbayClient, call: CallContext): Promise<string | null> {
  return prove("sell.inventory", () =>
    client.asSeller("inventory", Counted, call, (api) => api.sell.inventory.getInventoryItems({ limit: 1 })),
  );
}

function proveFulfillment(client: EbayClient, call: CallContext): Promise<string | null> {
  return prove("sell.fulfillment", () =>
    client.asSeller("fulfillment", Counted, call, (api) => api.sell.fulfillment.getOrders({ limit: 1 })),
  );
}

async function prove(scope: string, read: () => Promise<unknown>): Promise<string | null> {
  try {
    await read();
    return null;
  } catch (error) {
    if (!(error instanceof ChannelError) || error.failure !== "unauthorized") throw error;
    return (
      credentialProblems[error.code] ??
      `eBay refuses ${scope} (${error.message}): consent again with the scope ${scope}.`
    );
  }
}

/** As eBay names the seller; where it does not tell (it may withhold names), as the merchant did. */
async function userName(client: EbayClient, call: CallContext): Promise<string> {
  const User = z.object({ username: z.string().optional() });
  const user = await ifTold(() =>
    client.asSeller("notification", User, call, (api) => api.commerce.identity.getUser()),
  );
  return user?.username ?? client.settings.seller;
}

/**
 * Without out-of-stock control eBay ends a fixed-price listing at quantity 0 (eBay docs: out-of-stock-enable). Only the
 * Trading API tells; undefined where it does not.
 */
async function hasOutOfStockControl(client: EbayClient, call: CallContext): Promise<boolean | undefined> {
  const Preferences = z.object({ OutOfStockControlPreference: z.enum(["true", "false"]) });
  const told = await ifTold(() =>
    client.asSeller("trading", Preferences, call, (api) =>
      api.trading.GetUserPreferences(
        { ShowOutOfStockControlPreference: true },
        { parseOptions: { parseTagValue: false } },
      ),
    ),
  );
  return told && told.OutOfStockControlPreference === "true";
}

/** For what is good to know and proves nothing when eBay keeps it back. */
async function ifTold<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ChannelError) return undefined;
    throw error;
  }
}
