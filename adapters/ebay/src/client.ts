import { ChannelError, type CallContext, type ChannelConnection, type PaceLimits } from "@lastunit/adapter-contract";
import type { eBayApi } from "ebay-api";
import type { z } from "zod";
import type { EbayCredentials, EbaySettings } from "./connection.ts";
import { toChannelError } from "./errors.ts";
import { mintApplicationToken, renewSellerToken, send, type Caller } from "./requests.ts";

/**
 * eBay's limits are calls a day and application (eBay docs: API call limits): Inventory 2,000,000, Fulfillment
 * orders 100,000, Notification 10,000, Trading 5,000. The rate is the day's share of a second; the burst fills what is left of the
 * day's number, so a flash sale is never held up while the day's limit still can't be passed.
 */
export const limits = {
  inventory: { perSecond: 23, burst: 10_000 },
  fulfillment: { perSecond: 1, burst: 10_000 },
  notification: { perSecond: 0.1, burst: 1_000 },
  trading: { perSecond: 0.05, burst: 500 },
} satisfies PaceLimits;
type Bucket = keyof typeof limits;

/** Renewed ahead of its end, so that no request starts with a token that ends under way. */
const RENEW_BEFORE_END_MS = 5 * 60_000;

/** Talks to eBay for one channel. Every method throws `ChannelError`. */
export interface EbayClient {
  readonly settings: EbaySettings;
  /** As the seller. An expired token is renewed once, also when another process is the one that renews it. */
  asSeller<T>(bucket: Bucket, schema: z.ZodType<T>, call: CallContext, work: Work): Promise<T>;
  /** As the keyset, for destinations, topics and their like. */
  asApplication(call: CallContext): Promise<ApplicationClient>;
}

export type ApplicationClient = <T>(schema: z.ZodType<T>, work: Work) => Promise<T>;
type Work = (api: eBayApi) => Promise<unknown>;

export function createClient(connection: ChannelConnection<EbayCredentials, EbaySettings>): EbayClient {
  const { settings, outbound, credentials, pacer } = connection;
  const callerOf = (stored: EbayCredentials, { signal }: CallContext): Caller => ({
    credentials: stored,
    settings,
    outbound,
    signal,
  });

  /** @param refused a token eBay has just refused: whatever else is stored by now is tried before renewing. */
  async function sellerWithToken(call: CallContext, refused?: string): Promise<EbayCredentials> {
    const stored = await credentials.read();
    if (isUsable(stored, refused)) return stored;
    return credentials.renew(async (current) =>
      isUsable(current, refused) ? current : { ...current, ...(await renewSellerToken(callerOf(current, call))) },
    );
  }

  async function paced<T>(bucket: Bucket, call: CallContext, work: () => Promise<T>): Promise<T> {
    try {
      return await pacer.spend(bucket, work, { signal: call.signal });
    } catch (error) {
      throw call.signal.aborted ? toChannelError(error, call.signal) : error;
    }
  }

  async function asSeller<T>(bucket: Bucket, schema: z.ZodType<T>, call: CallContext, work: Work): Promise<T> {
    const attempt = (seller: EbayCredentials) =>
      paced(bucket, call, () => send(callerOf(seller, call), seller.accessToken ?? "", schema, work));
    const seller = await sellerWithToken(call);
    try {
      return await attempt(seller);
    } catch (error) {
      if (!isTokenRefused(error, bucket)) throw error;
    }
    return attempt(await sellerWithToken(call, seller.accessToken));
  }

  return {
    settings,
    asSeller,
    async asApplication(call) {
      const caller = callerOf(await credentials.read(), call);
      const { accessToken } = await mintApplicationToken(caller);
      return (schema, work) => paced("notification", call, () => send(caller, accessToken, schema, work));
    },
  };
}

function isUsable(stored: EbayCredentials, refused: string | undefined): boolean {
  if (!stored.accessToken || !stored.accessTokenExpiresAt || stored.accessToken === refused) return false;
  return Date.parse(stored.accessTokenExpiresAt) - Date.now() > RENEW_BEFORE_END_MS;
}

/** The Inventory API answers an expired token with 403 (github.com/hendt/ebay-api/issues/148). */
function isTokenRefused(error: unknown, bucket: Bucket): boolean {
  if (!(error instanceof ChannelError) || error.failure !== "unauthorized") return false;
  return error.httpStatus !== 403 || bucket === "inventory" || error.code === "1100";
}
