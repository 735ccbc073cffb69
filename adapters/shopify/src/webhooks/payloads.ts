import { parse } from "lossless-json";
import { z } from "zod";
import type { ShopifyOrder } from "../orders.ts";

/** Numbers come as their digits (see `parseBody`): ids are 64-bit and `JSON.parse` would round them. */
const id = z.string().regex(/^\d+$/);
const units = z
  .string()
  .regex(/^-?\d+$/)
  .transform(Number);

/**
 * Shape:  orders/create: `{ id, created_at, location_id, line_items: [{ id, variant_id, sku, quantity }] }`
 * Units:  `quantity` is as ordered. What came back is told by reading the order, whatever else the body says.
 * Source: Shopify docs, webhook topics and Order resource, API version in the README.
 */
export const OrderBody = z
  .object({
    id,
    created_at: z.iso.datetime({ offset: true }),
    location_id: id.nullable(),
    line_items: z.array(z.object({ id, variant_id: id.nullable(), sku: z.string().nullable(), quantity: units })),
  })
  .transform((body): ShopifyOrder => ({
    id: body.id,
    createdAt: body.created_at,
    locationId: body.location_id,
    lines: body.line_items.map(({ id, variant_id: variantId, sku, quantity }) => ({ id, variantId, sku, quantity })),
    refunds: [],
    // The order as it was placed: an edit has a delivery of its own.
    edits: null,
  }));

/** What a delivery that is only a hint says: the order it is about. */
export const OrderHint = z.object({ id }).transform((body) => body.id);
export const RefundHint = z.object({ order_id: id }).transform((body) => body.order_id);
export const EditHint = z
  .object({ order_edit: z.object({ order_id: id }) })
  .transform(({ order_edit: edit }) => edit.order_id);

/** inventory_levels/disconnect: the item is no longer stocked at the location. */
export const DisconnectBody = z.object({ inventory_item_id: id, location_id: id });

/**
 * Reads a body with every number as the text of its digits.
 * @throws {SyntaxError} when it is not JSON.
 */
export function parseBody(body: Uint8Array): unknown {
  return parse(new TextDecoder("utf-8", { fatal: true }).decode(body), null, (digits) => digits);
}
