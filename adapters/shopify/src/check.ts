import type { CallContext, ConnectionReport } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "./client.ts";
import { locations } from "./locations.ts";

/** What keeping stock in step needs (Shopify docs: access scopes). No scope implies another. */
export const REQUIRED_SCOPES = ["read_products", "read_inventory", "write_inventory", "read_locations", "read_orders"];

const Installation = z.object({
  shop: z.object({ myshopifyDomain: z.string() }),
  currentAppInstallation: z.object({ accessScopes: z.array(z.object({ handle: z.string() })) }),
});

const readInstallation: Operation<z.infer<typeof Installation>> = {
  document: `query Installation { shop { myshopifyDomain } currentAppInstallation { accessScopes { handle } } }`,
  cost: 5,
  answer: Installation,
};

/**
 * @returns the account as the shop's permanent address.
 * @throws {ChannelError} `unauthorized` when Shopify does not know the credentials at all.
 */
export async function check(client: ShopifyClient, call: CallContext): Promise<ConnectionReport> {
  const { shop, currentAppInstallation } = await client.run(readInstallation, {}, call);
  const granted = currentAppInstallation.accessScopes.map(({ handle }) => handle);
  const problems = REQUIRED_SCOPES.filter((scope) => !granted.includes(scope)).map(
    (scope) => `The app was not granted ${scope}: add it to the app's scopes and let the shop approve it.`,
  );
  // Webhooks carry the permanent address and nothing else would be taken for this shop's.
  if (shop.myshopifyDomain !== client.shop) {
    problems.push(`The shop's permanent address is ${shop.myshopifyDomain}: connect it by that.`);
  }
  if (granted.includes("read_locations") && (await locations(client, call)).length === 0) {
    problems.push("The shop has no active location: activate one in Shopify's settings.");
  }
  return { ok: problems.length === 0, account: shop.myshopifyDomain, problems };
}
