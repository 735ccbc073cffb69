import { ChannelError, type Authorization, type ConnectAnswers } from "@lastunit/adapter-contract";
import { MarketplaceId } from "ebay-api";
import { z } from "zod";
import { accountOf, EbayCredentials, EbaySettings } from "./connection.ts";
import { consentUrl, exchangeCode, send, type Caller } from "./requests.ts";
import { User } from "./user.ts";

const Answers = z.object({
  appId: EbayCredentials.shape.appId,
  certId: EbayCredentials.shape.certId,
  ruName: z.string().trim().min(1),
  seller: EbaySettings.shape.seller.optional(),
  marketplaceId: z.enum(MarketplaceId).default(MarketplaceId.EBAY_US),
  alertEmail: EbaySettings.shape.alertEmail,
});
type Answers = z.infer<typeof Answers>;

/**
 * The seller's consent by authorization code (eBay docs: OAuth authorization code grant). eBay knows our redirect
 * address under its RuName alone: `redirectUrl` must be the "auth accepted" URL entered for it in the developer account.
 */
export const authorization: Authorization<EbayCredentials, EbaySettings> = {
  asks: ["appId", "certId", "ruName"],
  takes: [],

  consentUrl(answers, { state }) {
    const { appId, certId, ruName } = readAnswers(answers);
    return consentUrl({ appId, certId }, ruName, state);
  },

  async exchange(callback, answers, { state, outbound, signal }) {
    const { appId, certId, ruName, marketplaceId, seller: expected, alertEmail } = readAnswers(answers);
    if (callback.get("state") !== state) throw refused("forged_state", "the callback is not of this connection");
    const code = callback.get("code");
    if (!code) throw refused("declined", "the seller did not consent on eBay's page");
    const caller = { credentials: { appId, certId }, settings: { marketplaceId }, outbound, signal };
    const tokens = await exchangeCode(caller, code, ruName).catch(explain);
    const seller = await sellerOf(caller, tokens.accessToken, expected);
    return {
      credentials: { appId, certId, ...tokens },
      settings: { marketplaceId, seller, ruName, ...(alertEmail !== undefined && { alertEmail }) },
    };
  },
};

function readAnswers(answers: ConnectAnswers): Answers {
  const given = Object.entries(answers).filter(([, value]) => value !== undefined && value.trim() !== "");
  const parsed = Answers.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, code, message }) => {
    return code === "custom" ? `${path.join(".")}, which ${message}` : path.join(".");
  });
  throw new ChannelError("rejected", `missing or not usable: ${[...new Set(wrong)].join(", ")}`, {
    code: "bad_answers",
  });
}

/** @throws when eBay says the consent is another seller's, or says no name and none was given. */
async function sellerOf(caller: Caller, accessToken: string, expected: string | undefined): Promise<string> {
  const { username } = await send(caller, accessToken, User, (api) => api.commerce.identity.getUser());
  if (username === undefined) {
    if (expected !== undefined) return expected;
    throw new ChannelError("rejected", "eBay does not tell the seller's name: fill in the eBay user name", {
      code: "no_seller",
    });
  }
  if (expected === undefined || accountOf({ seller: expected }) === accountOf({ seller: username })) return username;
  throw refused(
    "another_seller",
    `the consent is of ${username}, not of ${expected}: sign in to eBay as ${expected} and connect again`,
  );
}

/** What the token endpoint calls an invalid grant here is the code: five minutes old, used before, or of another RuName. */
function explain(error: unknown): never {
  if (!(error instanceof ChannelError) || error.code !== "invalid_grant") throw error;
  throw refused(error.code, "eBay no longer takes the consent's code (too old, or used before): connect again");
}

function refused(code: string, message: string): ChannelError {
  return new ChannelError("unauthorized", message, { code });
}
