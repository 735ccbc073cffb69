import {
  asArray,
  asObject,
  asText,
  type ApiAnswer,
  type ApiRequest,
  type ApiRoute,
  jsonBody,
  queryInteger,
} from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import { invalidParameter, malformed, notFound } from "./errors.ts";
import { availableAt, isQuantity, type Item } from "./item.ts";
import { hasNode, ownItem, writeInput, type Seller } from "./seller.ts";
import type { Walmart } from "./walmart.ts";

const PATH = "/v3/inventories";

/** All nodes of a SKU, and of all SKUs: GET and PUT `/v3/inventories/{sku}`, GET `/v3/inventories` (Walmart Inventory OpenAPI). */
export function inventoriesRoutes(walmart: Walmart): readonly ApiRoute[] {
  return [
    sellerRoute(walmart, {
      method: "GET",
      path: PATH,
      operation: "getMultiNodeInventoryForAllSkuAndAllShipNodes",
      limit: "nodesList",
      scope: ["inventory", "view_only"],
      handle: (request, seller) => list(walmart, request, seller),
    }),
    sellerRoute(walmart, {
      method: "GET",
      path: `${PATH}/:sku`,
      operation: "getMultiNodeInventoryForSkuAndAllShipnodes",
      limit: "nodesRead",
      scope: ["inventory", "view_only"],
      handle: (request, seller) => withItem(request, seller, (item) => ({ status: 200, body: itemBody(item) })),
    }),
    sellerRoute(walmart, {
      method: "PUT",
      path: `${PATH}/:sku`,
      operation: "updateMultiNodeInventory",
      limit: "nodesWrite",
      scope: ["inventory", "full_access"],
      handle: (request, seller) => withItem(request, seller, (item) => update(request, seller, item)),
    }),
  ];
}

/** The cursor changes every page, and a page before the last may be short: only a missing cursor ends the list. */
function list({ kit }: Walmart, request: ApiRequest, seller: Seller): ApiAnswer {
  const limit = queryInteger(request, "limit", { fallback: 10, min: 1, max: 50 });
  if (limit === undefined) return invalidParameter("limit", "limit must be 1 to 50");
  const cursor = request.query.get("nextCursor");
  const start = cursor ? seller.cursors.inventories.get(cursor) : 0;
  if (start === undefined) return invalidParameter("nextCursor", "the cursor is not valid");

  const items = [...seller.items.values()].filter(({ isFulfilledByWalmart }) => !isFulfilledByWalmart);
  const isLast = items.length - start <= limit;
  const end = isLast ? items.length : start + Math.max(1, limit - 1);
  const nextCursor = isLast ? undefined : kit.random.hex(32);
  if (nextCursor) seller.cursors.inventories.set(nextCursor, end);
  const inventories = items.slice(start, end).map(itemBody);
  const meta = { totalCount: items.length, ...(nextCursor && { nextCursor }) };
  return { status: 200, body: { meta, elements: { inventories } } };
}

/** Answers 200 also when a node was refused: each node has its own status. */
function update(request: ApiRequest, seller: Seller, item: Item): ApiAnswer {
  const nodes = asArray(asObject(jsonBody(request)?.["inventories"])?.["nodes"]);
  if (!nodes?.length) return malformed("inventories.nodes is missing");
  return { status: 200, body: { sku: item.sku, nodes: nodes.map((node) => updateNode(node, seller, item)) } };
}

function updateNode(node: unknown, seller: Seller, item: Item) {
  const shipNode = asText(asObject(node)?.["shipNode"]) ?? "";
  const inputQty = asObject(asObject(node)?.["inputQty"]);
  const amount = inputQty?.["amount"];
  if (!hasNode(seller, shipNode)) return failedNode(shipNode, "shipNode", "the ship node does not exist");
  if (inputQty?.["unit"] !== "EACH") return failedNode(shipNode, "unit", "inputQty.unit must be EACH");
  if (!isQuantity(amount)) return failedNode(shipNode, "amount", "inputQty.amount must be a whole number of 0 or more");
  writeInput(seller, item, shipNode, amount);
  return { shipNode, status: "Success", errors: [] };
}

function failedNode(shipNode: string, field: string, description: string) {
  const error = { code: "INVALID_REQUEST_CONTENT.GMP_INVENTORY_API", field, description, severity: "ERROR" };
  return { shipNode, status: "Failure", errors: [error] };
}

function withItem(request: ApiRequest, seller: Seller, answer: (item: Item) => ApiAnswer): ApiAnswer {
  const item = ownItem(seller, request.params["sku"] ?? "");
  return item ? answer(item) : notFound("INVENTORY", "sku");
}

function itemBody(item: Item) {
  const quantity = (amount: number) => ({ unit: "EACH", amount });
  return {
    sku: item.sku,
    nodes: [...item.nodes].map(([shipNode, node]) => ({
      shipNode,
      inputQty: quantity(node.inputQty),
      availToSellQty: quantity(availableAt(node)),
      reservedQty: quantity(node.reservedQty),
    })),
  };
}
