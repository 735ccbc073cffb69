import { createRequire } from "node:module";

/** What of the `debug` package is used here. */
interface Debug {
  enabled(namespace: string): boolean;
  enable(namespaces: string): void;
  /** @returns the namespaces that were on. */
  disable(): string;
}

/** The very instance the eBay package prints through; a copy of our own would switch off nothing. */
const debug: Debug = createRequire(import.meta.resolve("ebay-api"))("debug");

/** Where ebay-api 10 prints requests, answers and tokens whole. */
const namespaces = ["ebay:request", "ebay:oauth2", "ebay:xml:request", "ebay:error", "ebay:authNAuth"];

/**
 * Takes the eBay package's debug output away, and leaves every other namespace as it is. `DEBUG=*` is set in good faith
 * where something else is looked into, and with it the package prints the seller's tokens. To stop the channel
 * instead would cost the merchant sales; so it is asked before each request, in case it was switched on meanwhile.
 */
export function quietPackage(): void {
  if (namespaces.some((namespace) => debug.enabled(namespace))) debug.enable(`${debug.disable()},-ebay:*`);
}
