/**
 * The number to write so that buyers see `available` units.
 *
 * Walmart's `inputQty` is all stock including units sold and not yet shipped, and Walmart takes its own open orders
 * off again: `availToSell = inputQty − reservedQty`. Writing `available` itself would undersell by every open order.
 * Source: Walmart Marketplace docs, "Get and update item inventory per ship node".
 *
 * @param available units a buyer must be able to buy now
 * @param reserved `reservedQty` of the same SKU and ship node, read right before the write
 */
export function inputQuantity(available: number, reserved: number): number {
  return available + reserved;
}
