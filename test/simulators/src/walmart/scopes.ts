/** What a seller's key or consent can be granted (Walmart Authentication OpenAPI: token detail). */
export const scopeNames = [
  "reports",
  "item",
  "price",
  "lagtime",
  "feeds",
  "returns",
  "orders",
  "inventory",
  "content",
] as const;
export type ScopeName = (typeof scopeNames)[number];
export type Access = "full_access" | "view_only" | "no_access";
export type Scopes = ReadonlyMap<ScopeName, Access>;

/**
 * @param permissions names of scopes, `orders` for full access or `orders:view_only`; what is not named is not granted.
 *   Absent: everything.
 * @throws when one is unknown.
 */
export function grantedScopes(permissions: readonly string[] | undefined): Scopes {
  const otherwise: Access = permissions === undefined ? "full_access" : "no_access";
  const scopes = new Map<ScopeName, Access>(scopeNames.map((name) => [name, otherwise]));
  for (const permission of permissions ?? []) {
    const [name, access = "full_access"] = permission.split(":");
    const known = scopeNames.find((scope) => scope === name);
    if (!known || (access !== "full_access" && access !== "view_only")) {
      throw new Error(
        `${permission} is no Walmart scope: one of ${scopeNames.join(", ")}, with :view_only where wanted`,
      );
    }
    scopes.set(known, access);
  }
  return scopes;
}

export function isGranted(scopes: Scopes, name: ScopeName, needed: "full_access" | "view_only"): boolean {
  const access = scopes.get(name);
  return access === "full_access" || access === needed;
}
