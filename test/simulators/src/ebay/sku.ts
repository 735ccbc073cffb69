/** Of an inventory item's SKU (eBay Sell Inventory API); listings made elsewhere may have longer ones. */
const LONGEST_SKU = 50;

/** Whether there can be an inventory item with this SKU at all. */
export function isItemSku(sku: string): boolean {
  return sku !== "" && sku.length <= LONGEST_SKU;
}
