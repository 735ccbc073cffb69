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

/** What a simulated seller agreed to on the consent page; a refresh may ask for any part of it and no more. */
export const consentedScopes: readonly string[] = Object.values(scopes);

/** What client_credentials may ask for. */
export const applicationScopes: readonly string[] = [scopes.base];
