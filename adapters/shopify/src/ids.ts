/** Shopify's ids are 64-bit and exceed 2^53, so they are text everywhere: `gid://shopify/<type>/<digits>` or the digits. */
export function gid(type: "InventoryItem" | "Location" | "Order", digits: string): string {
  return `gid://shopify/${type}/${digits}`;
}

/** The digits of a gid: `gid://shopify/LineItem/42` is `42`. */
export function digitsOf(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

/** Whether Shopify would read this as an id of that type; one it can't read fails the whole call. */
export function isGid(type: "InventoryItem" | "Location", id: string | null): id is string {
  return id !== null && /^\d+$/.test(digitsOf(id)) && id === gid(type, digitsOf(id));
}
