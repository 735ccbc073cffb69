import { inspect } from "node:util";

/** Those of the secrets that an error shows in any form it could be logged in. */
export function secretsIn(error: Error, secrets: readonly string[]): readonly string[] {
  const shown = [
    inspect(error, { depth: 20, showHidden: true }),
    JSON.stringify(error, Object.getOwnPropertyNames(error)),
    String(error.stack),
  ].join("\n");
  return secrets.filter((secret) => [secret, encodeURIComponent(secret)].some((form) => shown.includes(form)));
}
