const base = "https://api.ebay.com/oauth/api_scope";

export const scopes = {
  base,
  inventory: `${base}/sell.inventory`,
  inventoryReadonly: `${base}/sell.inventory.readonly`,
  fulfillment: `${base}/sell.fulfillment`,
  fulfillmentReadonly: `${base}/sell.fulfillment.readonly`,
  identityReadonly: `${base}/commerce.identity.readonly`,
  subscription: `${base}/commerce.notification.subscription`,
  subscriptionReadonly: `${base}/commerce.notification.subscription.readonly`,
} as const;

/** What the consent page can offer; a refresh may ask for any part of what was agreed to and no more. */
export const allScopes: readonly string[] = Object.values(scopes);

/** What client_credentials may ask for. */
export const applicationScopes: readonly string[] = [scopes.base];

/**
 * A seller's consent by short names such as `sell.inventory`; all of them where none is given. Every consent has the
 * base scope.
 * @throws when there is no such scope.
 */
export function scopesNamed(names: readonly string[] | undefined): readonly string[] {
  if (!names) return allScopes;
  const named = names.map((name) => `${base}/${name}`);
  const unknown = named.find((scope) => !allScopes.includes(scope));
  if (unknown !== undefined) throw new Error(`eBay has no scope ${unknown}`);
  return [scopes.base, ...named];
}
