import { asObject, type ApiAnswer, type ApiRequest, type ApiRoute, jsonBody } from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import { invalidParameter, malformed, notFound } from "./errors.ts";
import { isQuantity, type Item } from "./item.ts";
import { hasNode, ownItem, writeInput, type Seller } from "./seller.ts";
import type { Walmart } from "./walmart.ts";

const PATH = "/v3/inventory";

/**
 * One SKU at one node: GET and PUT `/v3/inventory?sku=&shipNode=` (Walmart Inventory OpenAPI). Both speak of the input
 * quantity: what is written includes units sold and not yet shipped, and what is read is what was written.
 */
export function inventoryRoutes(walmart: Walmart): readonly ApiRoute[] {
  return [
    sellerRoute(walmart, {
      method: "GET",
      path: PATH,
      operation: "getInventory",
      limit: "inventoryRead",
      scope: ["inventory", "view_only"],
      handle: (request, seller) =>
        withItem(request, seller, ({ sku, nodes }, shipNode) => ({
          status: 200,
          body: inventoryBody(sku, nodes.get(shipNode)?.inputQty ?? 0),
        })),
    }),
    sellerRoute(walmart, {
      method: "PUT",
      path: PATH,
      operation: "updateInventoryForAnItem",
      limit: "inventoryWrite",
      scope: ["inventory", "full_access"],
      handle: (request, seller) =>
        withItem(request, seller, (item, shipNode) => update(request, seller, item, shipNode)),
    }),
  ];
}

function update(request: ApiRequest, seller: Seller, item: Item, shipNode: string): ApiAnswer {
  const body = jsonBody(request);
  if (!body) return malformed("the body must be a JSON object sent as application/json");
  if (body["sku"] !== item.sku) return invalidParameter("sku", "the sku of the body and of the query must be the same");
  const quantity = asObject(body["quantity"]);
  const amount = quantity?.["amount"];
  if (quantity?.["unit"] !== "EACH") return invalidParameter("unit", "quantity.unit must be EACH");
  if (!isQuantity(amount)) return invalidParameter("amount", "quantity.amount must be a whole number of 0 or more");
  writeInput(seller, item, shipNode, amount);
  return { status: 200, body: inventoryBody(item.sku, amount) };
}

function withItem(request: ApiRequest, seller: Seller, answer: (item: Item, shipNode: string) => ApiAnswer): ApiAnswer {
  const sku = request.query.get("sku");
  if (!sku) return invalidParameter("sku", "sku is missing");
  const item = ownItem(seller, sku);
  if (!item) return notFound("INVENTORY", "sku");
  const shipNode = request.query.get("shipNode") ?? seller.shipNode.id;
  return hasNode(seller, shipNode) ? answer(item, shipNode) : notFound("INVENTORY", "shipNode");
}

function inventoryBody(sku: string, amount: number) {
  return { sku, quantity: { unit: "EACH", amount } };
}
