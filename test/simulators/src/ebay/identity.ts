import type { ApiRoute } from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import type { Ebay } from "./ebay.ts";
import { scopes } from "./scopes.ts";

/** getUser (eBay Commerce Identity API), on apiz.ebay.com: who the seller is. */
export function identityRoutes(ebay: Ebay): readonly ApiRoute[] {
  return [
    sellerRoute(ebay, {
      method: "GET",
      path: "/commerce/identity/v1/user/",
      operation: "getUser",
      scopes: [scopes.identityReadonly],
      host: "apiz.ebay.com",
      handle: (_request, { userId, name, marketplaceId }) => ({
        status: 200,
        body: { userId, username: name, accountType: "BUSINESS", registrationMarketplaceId: marketplaceId },
      }),
    }),
  ];
}
