const base = "https://api.ebay.com/oauth/api_scope";

/**
 * What the seller must have consented to. Sent with every renewal, because a token renewed without them silently
 * loses its rights (github.com/hendt/ebay-api/issues/203).
 */
export const SELLER_SCOPES = [
  base,
  `${base}/sell.inventory`,
  `${base}/sell.fulfillment`,
  `${base}/commerce.identity.readonly`,
  `${base}/commerce.notification.subscription`,
];

export const APPLICATION_SCOPES = [base];
