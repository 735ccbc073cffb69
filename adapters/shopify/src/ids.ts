type Kind = "InventoryItem" | "Location" | "Order" | "Product" | "ProductVariant";

/** Shopify's ids are 64-bit and exceed 2^53, so they are text everywhere: `gid://shopify/<type>/<digits>` or the digits. */
export function gid(type: Kind, digits: string): string {
  return `gid://shopify/${type}/${digits}`;
}

/** The digits of a gid: `gid://shopify/LineItem/42` is `42`. */
export function digitsOf(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

/** Whether Shopify would read this as an id of that type; one it can't read fails the whole call. */
export function isGid(type: Kind, id: unknown): id is string {
  return typeof id === "string" && /^\d+$/.test(digitsOf(id)) && id === gid(type, digitsOf(id));
}

/** Names a level by what it is of. Not by its own gid, which is composed of other numbers. */
export function levelKey(inventoryItemId: string, locationId: string | null): string {
  return `${inventoryItemId} ${locationId}`;
}
