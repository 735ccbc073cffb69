import type { CallContext, ConnectionReport } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "./client.ts";
import type { ShopifyCredentials } from "./connection.ts";
import { locations } from "./locations.ts";

/** What keeping stock in step needs (Shopify docs: access scopes), and what for. No scope implies another. */
export const REQUIRED_SCOPES: { readonly [scope: string]: string } = {
  read_products: "to find the shop's items",
  read_inventory: "to read its quantities",
  write_inventory: "to set them",
  read_locations: "to know its locations",
  read_orders: "to hear of its sales",
};

/** Asked for on the consent page; prices are pushed only where the merchant wants it. */
export const CONSENT_SCOPES = [...Object.keys(REQUIRED_SCOPES), "write_products"];

const Installation = z.object({
  shop: z.object({ myshopifyDomain: z.string() }),
  currentAppInstallation: z.object({ accessScopes: z.array(z.object({ handle: z.string() })) }),
});

/** What any token of the app may ask: a refusal means that the app is not installed on the shop. */
export const readInstallation: Operation<z.infer<typeof Installation>> = {
  document: `query Installation { shop { myshopifyDomain } currentAppInstallation { accessScopes { handle } } }`,
  cost: 5,
  answer: Installation,
};

/**
 * @returns the account as the shop's permanent address.
 * @throws {ChannelError} `unauthorized` when Shopify does not know the credentials at all.
 */
export async function check(
  client: ShopifyClient,
  credentials: { read(): Promise<ShopifyCredentials> },
  call: CallContext,
): Promise<ConnectionReport> {
  const { shop, currentAppInstallation } = await client.run(readInstallation, {}, call);
  const granted = currentAppInstallation.accessScopes.map(({ handle }) => handle);
  const problems = Object.entries(REQUIRED_SCOPES)
    .filter(([scope]) => !granted.includes(scope))
    .map(
      ([scope, why]) =>
        `The app was not granted ${scope}, ${why}: add it to the app's scopes and let the shop approve it.`,
    );
  // Webhooks carry the permanent address and nothing else would be taken for this shop's.
  if (shop.myshopifyDomain !== client.shop) {
    problems.push(`The shop's permanent address is ${shop.myshopifyDomain}: connect it by that.`);
  }
  if (granted.includes("read_locations") && (await locations(client, call)).length === 0) {
    problems.push("The shop has no active location: activate one in Shopify's settings.");
  }
  const stored = await credentials.read();
  if (isAccessToken(stored.clientSecret)) {
    problems.push(
      "The client secret is an access token, which signs no webhook: enter the app's API secret key instead.",
    );
  }
  return { ok: problems.length === 0, account: shop.myshopifyDomain, problems, renewBy: renewalOf(stored) };
}

/** Of an app made in the shop's admin, which shows both at once. Its calls would work, and every delivery be refused. */
function isAccessToken(secret: string): boolean {
  return /^shp(?:at|ca|pa|ua)_/.test(secret);
}

/** Every renewal brings a new refresh token, so this date moves on as long as the shop is synced. */
function renewalOf({ refreshTokenExpiresAt }: ShopifyCredentials): ConnectionReport["renewBy"] {
  if (refreshTokenExpiresAt === undefined) return null;
  const what = "If nothing renews it until then, the shop's consent ends: authorize the app again.";
  return { at: refreshTokenExpiresAt, what };
}
