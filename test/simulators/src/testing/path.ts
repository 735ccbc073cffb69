/** The value at a dotted path such as `data.orders.nodes.0.id`; undefined when there is none. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce((found, key) => (isKeyed(found) ? found[key] : undefined), value);
}

/** The text at a dotted path. @throws when there is none: a test must not go on without it. */
export function textAt(value: unknown, path: string): string {
  const found = at(value, path);
  if (typeof found !== "string") throw new Error(`there is no text at ${path}`);
  return found;
}

/** The list at a dotted path. @throws when there is none. */
export function listAt(value: unknown, path: string): readonly unknown[] {
  const found = at(value, path);
  if (!Array.isArray(found)) throw new Error(`there is no list at ${path}`);
  return found;
}

function isKeyed(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null;
}
