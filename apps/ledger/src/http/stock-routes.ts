import type { HttpServer } from "@lastunit/config/http";
import { z } from "zod";
import { readHistory, readStockAt, totalOf } from "../read/history.ts";
import { readStock } from "../read/stock.ts";
import type { Parts } from "./parts.ts";
import { history, historyQuery, id, oneStock, stock, stockQuery } from "./schemas.ts";
import { balanceView, eventView, locationsView, skuStockView } from "./views.ts";

const skuParam = z.object({ sku: id });

/** What there is, and why. */
export function stockRoutes(app: HttpServer, { auth, pool }: Parts): void {
  app.get(
    "/v1/stock",
    { schema: { summary: "Stock of several SKUs", querystring: stockQuery, response: { 200: stock } } },
    async (request) => {
      const merchantId = await auth.merchant(request);
      const found = await readStock(pool, merchantId, [...new Set(request.query.sku)]);
      return { as_of: found.asOf, stock: found.stock.map(skuStockView) };
    },
  );

  app.get(
    "/v1/stock/:sku",
    { schema: { summary: "Stock of one SKU", params: skuParam, response: { 200: oneStock } } },
    async (request) => {
      const merchantId = await auth.merchant(request);
      const { sku } = request.params;
      const found = await readStock(pool, merchantId, [sku]);
      return { as_of: found.asOf, ...skuStockView(found.stock[0] ?? { sku, locations: [] }) };
    },
  );

  app.get(
    "/v1/stock/:sku/history",
    {
      schema: {
        summary: "Why a number is what it is",
        description:
          "The SKU's events, newest first, with the balance after each; with `at`, the balance at that time.",
        params: skuParam,
        querystring: historyQuery,
        response: { 200: history },
      },
    },
    async (request) => {
      const merchantId = await auth.merchant(request);
      const { sku } = request.params;
      const { at, before, limit, location_id: locationId = null } = request.query;
      if (at !== undefined) {
        const then = await readStockAt(pool, { merchantId, sku, locationId, at: Date.parse(at) });
        const { asOf, locations } = then;
        return { sku, at, as_of: asOf, ...balanceView(totalOf(locations)), locations: locationsView(locations) };
      }
      const events = await readHistory(pool, { merchantId, sku, locationId, before: before ?? null, limit });
      const isFull = events.length === limit;
      return { sku, events: events.map(eventView), next_before: (isFull && events.at(-1)?.position) || null };
    },
  );
}
