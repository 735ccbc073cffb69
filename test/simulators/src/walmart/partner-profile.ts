import type { ApiRoute } from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import type { Walmart } from "./walmart.ts";

/** GET `/v3/settings/partnerprofile` (Walmart docs: get partner configurations): the seller whose token it is. */
export function partnerProfileRoute(walmart: Walmart): ApiRoute {
  return sellerRoute(walmart, {
    method: "GET",
    path: "/v3/settings/partnerprofile",
    operation: "getPartnerConfigurations",
    limit: "partnerProfile",
    handle: (_request, { partnerId, name }) => ({
      status: 200,
      body: {
        // The number in the address of the seller's page on walmart.com is another one.
        partner: { partnerId, partnerName: name, partnerDisplayName: name, partnerStoreId: `10${partnerId.slice(-6)}` },
        configurations: [{ configurationName: "ACCOUNT", configuration: { status: "ACTIVE" } }],
      },
    }),
  });
}
