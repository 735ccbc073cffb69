import type { ApiRoute } from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import type { Walmart } from "./walmart.ts";

/** GET `/v3/settings/shipping/shipnodes` (Walmart docs: get all fulfillment centers). */
export function shipNodeRoutes(walmart: Walmart): readonly ApiRoute[] {
  return [
    sellerRoute(walmart, {
      method: "GET",
      path: "/v3/settings/shipping/shipnodes",
      operation: "getAllFulfillmentCenters",
      limit: "shipNodes",
      handle: (_request, { shipNodes }) => ({
        status: 200,
        body: shipNodes.map(({ id, name }) => ({
          shipNode: id,
          shipNodeName: name,
          nodeType: "PHYSICAL",
          status: "ACTIVE",
          timeZone: "EST",
          postalAddress: { city: "Edison", state: "NJ", country: "USA", postalCode: "08817" },
        })),
      }),
    }),
  ];
}
