export function gid(type: string, id: string): string {
  return `gid://shopify/${type}/${id}`;
}

/** The number of a gid of that type; undefined for any other text. */
export function numberOf(type: string, id: unknown): string | undefined {
  return typeof id === "string" ? new RegExp(`^gid://shopify/${type}/(\\d+)$`, "u").exec(id)?.[1] : undefined;
}
