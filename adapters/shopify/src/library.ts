import "@shopify/shopify-api/adapters/node";
import { AsyncLocalStorage } from "node:async_hooks";
import type { Outbound } from "@lastunit/adapter-contract";
import { ApiVersion, LogSeverity, shopifyApi } from "@shopify/shopify-api";
import { setAbstractFetchFunc } from "@shopify/shopify-api/runtime";
import type { ShopifyCredentials } from "./connection.ts";
import { readAnswer, toChannelError, type Answer } from "./errors.ts";

export const API_VERSION = ApiVersion.October26;

/** One call of the library: the door it leaves by, and what came back. */
interface Passage {
  readonly outbound: Outbound;
  readonly signal: AbortSignal;
  answer?: Answer;
}

/**
 * The library has one `fetch` for the process, while each session has its own outbound door (tests and the demo open
 * several). So its `fetch` is set once and looks up the door of the call that is running. Setting it anew for each
 * call would send a call that runs at the same time through another's door.
 */
const passages = new AsyncLocalStorage<Passage>();

setAbstractFetchFunc(async (input, init) => {
  const passage = passages.getStore();
  if (!passage) throw new Error("Shopify is called only through a session");
  const response = await passage.outbound.fetch("shopify")(input, { ...init, signal: passage.signal });
  passage.answer = readAnswer(response);
  return response;
});

/**
 * Runs one call of the library.
 * @throws {ChannelError} whatever the library threw, classified.
 */
export async function callShopify<T>(outbound: Outbound, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const passage: Passage = { outbound, signal };
  try {
    return await passages.run(passage, work);
  } catch (error) {
    throw toChannelError(error, passage.answer, signal);
  }
}

/** The library, configured for one app. Cheap: it holds no connection. */
export function libraryFor({ clientId, clientSecret }: ShopifyCredentials) {
  return shopifyApi({
    // Only the token calls use it, and an app without one makes none.
    apiKey: clientId ?? "app-of-the-shop",
    apiSecretKey: clientSecret,
    // Only the OAuth redirect would use it.
    hostName: "localhost",
    apiVersion: API_VERSION,
    isEmbeddedApp: false,
    // Its log goes to the console by default; what matters of a call is in its ChannelError.
    logger: { level: LogSeverity.Error, log: () => {} },
  });
}
