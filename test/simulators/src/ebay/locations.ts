import type { ApiRoute } from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import type { Ebay } from "./ebay.ts";
import { scopes } from "./scopes.ts";

/** getInventoryLocations (eBay Sell Inventory API): each simulated seller has one warehouse. */
export function locationRoutes(ebay: Ebay): readonly ApiRoute[] {
  return [
    sellerRoute(ebay, {
      method: "GET",
      path: "/sell/inventory/v1/location",
      operation: "getInventoryLocations",
      scopes: [scopes.inventory, scopes.inventoryReadonly],
      quota: "inventory",
      handle: (_request, { location }) => ({
        status: 200,
        body: {
          href: "/sell/inventory/v1/location?limit=100&offset=0",
          limit: 100,
          offset: 0,
          total: 1,
          locations: [
            {
              merchantLocationKey: location.key,
              name: location.name,
              merchantLocationStatus: "ENABLED",
              locationTypes: ["WAREHOUSE"],
              location: { address: { city: "Edison", stateOrProvince: "NJ", postalCode: "08817", country: "US" } },
            },
          ],
        },
      }),
    }),
  ];
}
