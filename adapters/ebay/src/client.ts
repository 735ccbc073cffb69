import { ChannelError, ifTold, type CallContext, type ChannelConnection } from "@lastunit/adapter-contract";
import type { eBayApi } from "ebay-api";
import type { z } from "zod";
import { leastOf, readQuota } from "./analytics.ts";
import { ApplicationToken } from "./application-token.ts";
import type { EbayCredentials, EbaySettings } from "./connection.ts";
import { toChannelError } from "./errors.ts";
import { paceOf, type Bucket, type Quota } from "./limits.ts";
import { renewSellerToken, send, type Caller } from "./requests.ts";
import { SELLER_SCOPES } from "./scopes.ts";
import { isFresh } from "./tokens.ts";

/** The longest a bucket is left alone on eBay's word: it may grant more in the middle of the day. */
const LONGEST_WAIT_MS = 60 * 60_000;

/** For imports and polling: they must never starve a push. */
export function inBackground(call: CallContext): CallContext {
  return { ...call, urgency: "background" };
}

/** Talks to eBay for one channel. Every method throws `ChannelError`. */
export interface EbayClient {
  readonly settings: EbaySettings;
  /** As the seller. An expired token is renewed once, also when another process is the one that renews it. */
  asSeller<T>(bucket: Bucket, schema: z.ZodType<T>, call: CallContext, work: Work): Promise<T>;
  /** As the keyset, for destinations, topics and their like. */
  asApplication<T>(bucket: Bucket, schema: z.ZodType<T>, call: CallContext, work: Work): Promise<T>;
  /**
   * Asks eBay what is left of a bucket's day, for the application and for this seller, and paces by the tighter one from
   * now on; undefined where eBay does not tell.
   */
  learnPace(bucket: Bucket, call: CallContext): Promise<Quota | undefined>;
  /** When the seller must consent again, ISO 8601; undefined where eBay has not told. */
  consentEndsAt(): Promise<string | undefined>;
  /** Whether eBay takes the consent now, however long the access token of it is still good for. */
  consentStands(call: CallContext): Promise<boolean>;
  /** The scopes the seller's consent lacks, each asked for by itself. */
  missingScopes(call: CallContext): Promise<readonly string[]>;
}

type Work = (api: eBayApi) => Promise<unknown>;

export function createClient(connection: ChannelConnection<EbayCredentials, EbaySettings>): EbayClient {
  const { settings, outbound, credentials, pacer } = connection;
  /** Buckets eBay has refused a call of since their quota was last asked for. */
  const throttled = new Set<Bucket>();
  const application = new ApplicationToken();

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
    return credentials.renew(async (current) => (isUsable(current, refused) ? current : renewed(current, call)));
  }

  async function renewed(current: EbayCredentials, call: CallContext): Promise<EbayCredentials> {
    return { ...current, ...(await renewSellerToken(callerOf(current, call), current.refreshToken)) };
  }

  async function paced<T>(bucket: Bucket, call: CallContext, work: () => Promise<T>): Promise<T> {
    const { signal, urgency = "prompt" } = call;
    if (signal.aborted) throw toChannelError(signal.reason, signal);
    let isSent = false;
    const sending = () => {
      isSent = true;
      return work();
    };
    try {
      return await pacer.spend(bucket, sending, { signal, urgency });
    } catch (error) {
      if (error instanceof ChannelError && error.failure === "rate_limited") throttled.add(bucket);
      if (!signal.aborted) throw error;
      // The Trading API's day is short: to wait for its pace in vain is no outage of the channel.
      if (!isSent && bucket === "trading") throw dayIsSpent(bucket, undefined);
      throw toChannelError(error, signal);
    }
  }

  async function asSeller<T>(bucket: Bucket, schema: z.ZodType<T>, call: CallContext, work: Work): Promise<T> {
    await heedThrottle(bucket, call);
    return sendAsSeller(bucket, schema, call, work);
  }

  async function sendAsSeller<T>(bucket: Bucket, schema: z.ZodType<T>, call: CallContext, work: Work): Promise<T> {
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

  async function asApplication<T>(bucket: Bucket, schema: z.ZodType<T>, call: CallContext, work: Work): Promise<T> {
    const caller = callerOf(await credentials.read(), call);
    const accessToken = await application.get(caller);
    try {
      return await paced(bucket, call, () => send(caller, accessToken, schema, work));
    } catch (error) {
      if (error instanceof ChannelError && error.failure === "unauthorized") application.forget();
      throw error;
    }
  }

  /** Heeds no throttle itself: it is what heeding one asks. */
  async function learnPace(bucket: Bucket, call: CallContext): Promise<Quota | undefined> {
    const ofApplication = await ifTold(() =>
      readQuota(bucket, "application", (schema, work) => asApplication("analytics", schema, call, work)),
    );
    const ofSeller = await ifTold(() =>
      readQuota(bucket, "seller", (schema, work) => sendAsSeller("analytics", schema, call, work)),
    );
    const quota = leastOf([ofApplication, ofSeller].filter((one) => one !== undefined));
    if (quota) pacer.observe(bucket, paceOf(bucket, quota));
    return quota;
  }

  /** A 429 names no time: before its bucket is called again, eBay is asked whether the bucket's day is spent. */
  async function heedThrottle(bucket: Bucket, call: CallContext): Promise<void> {
    if (!throttled.delete(bucket)) return;
    const quota = await learnPace(bucket, call);
    if (!quota || quota.remaining > 0) return;
    throttled.add(bucket);
    throw dayIsSpent(bucket, Date.parse(quota.resetsAt) - Date.now());
  }

  return {
    settings,
    asSeller,
    asApplication,
    learnPace,
    consentEndsAt: async () => (await credentials.read()).refreshTokenExpiresAt,
    async consentStands(call) {
      try {
        await credentials.renew((current) => renewed(current, call));
        return true;
      } catch (error) {
        if (error instanceof ChannelError && error.failure === "unauthorized") return false;
        throw error;
      }
    },
    async missingScopes(call) {
      const stored = await credentials.read();
      const asked = await Promise.all(
        SELLER_SCOPES.map(async (scope) => {
          const token = renewSellerToken(callerOf(stored, call), stored.refreshToken, [scope]);
          return (await ifTold(() => token)) === undefined ? [scope] : [];
        }),
      );
      return asked.flat();
    },
  };
}

function dayIsSpent(bucket: Bucket, resetsInMs: number | undefined): ChannelError {
  const retryAfterMs = resetsInMs === undefined ? undefined : Math.min(Math.max(resetsInMs, 1_000), LONGEST_WAIT_MS);
  return new ChannelError("rate_limited", `eBay's ${bucket} calls of the day are used up`, {
    code: "day_spent",
    retryAfterMs,
  });
}

function isUsable(stored: EbayCredentials, refused: string | undefined): boolean {
  if (!stored.accessToken || !stored.accessTokenExpiresAt || stored.accessToken === refused) return false;
  return isFresh(stored.accessTokenExpiresAt);
}

/** The Inventory API answers an expired token with 403 (github.com/hendt/ebay-api/issues/148). */
function isTokenRefused(error: unknown, bucket: Bucket): boolean {
  if (!(error instanceof ChannelError) || error.failure !== "unauthorized") return false;
  return error.httpStatus !== 403 || bucket === "inventory" || error.code === "1100";
}
