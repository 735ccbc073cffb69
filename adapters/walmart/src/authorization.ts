import { randomBytes } from "node:crypto";
import { ChannelError, type Authorization, type ConnectAnswers } from "@lastunit/adapter-contract";
import { z } from "zod";
import { WalmartCredentials, WalmartSettings } from "./credentials.ts";
import { requestToken } from "./token.ts";

/** Where a seller agrees. Walmart tells its address to registered solution providers only; this is the published one. */
const CONSENT_PAGE = "https://login.account.wal-mart.com/authorize";

const { sellerId, ...settingsBefore } = WalmartSettings.shape;
/** What is answered before Walmart's page grants the rest. */
const Answers = z.object({
  clientId: WalmartCredentials.shape.clientId,
  clientSecret: WalmartCredentials.shape.clientSecret,
  ...settingsBefore,
});

/** What Walmart sends the browser back with. */
const Callback = z.object({ code: z.string().min(1), clientId: z.string(), sellerId, state: z.string() });

/**
 * How a seller lets a solution provider's app in (Walmart docs: "OAuth 2.0 authorization"). Walmart signs nothing on the
 * way back: the state is all that proves a callback, and it is compared here once more.
 */
export const authorization: Authorization<WalmartCredentials, WalmartSettings> = {
  asks: ["clientId", "clientSecret"],
  takes: [],

  consentUrl(answers, { state, redirectUrl }) {
    const url = new URL(CONSENT_PAGE);
    url.searchParams.set("responseType", "code");
    url.searchParams.set("clientId", answersOf(answers).clientId);
    url.searchParams.set("redirectUri", redirectUrl);
    url.searchParams.set("clientType", "seller");
    url.searchParams.set("nonce", randomBytes(8).toString("hex"));
    url.searchParams.set("state", state);
    return url;
  },

  async exchange(callback, answers, { state, redirectUrl, outbound, signal }) {
    const { clientId, clientSecret, ...settings } = answersOf(answers);
    const returned = Callback.safeParse(Object.fromEntries(callback)).data;
    if (!returned) throw refused("Walmart sent no authorization code: the app was not authorized", "not_authorized");
    if (returned.state !== state) throw refused("The answer belongs to another attempt: connect again", "wrong_state");
    if (returned.clientId !== clientId) throw refused("The answer is another app's: connect again", "wrong_app");
    // A channel that is connected anew stays that seller's.
    if (answers["sellerId"] && answers["sellerId"] !== returned.sellerId) {
      throw refused("Another seller agreed than the one this channel belongs to", "wrong_seller");
    }
    const seller = WalmartSettings.parse({ ...settings, sellerId: returned.sellerId });
    const credentials = await requestToken(
      { clientId, clientSecret },
      { grant_type: "authorization_code", code: returned.code, redirect_uri: redirectUrl },
      { outbound, signal, settings: seller },
    );
    if (credentials.refreshToken === undefined) {
      throw new ChannelError("unavailable", "Walmart gave no refresh token", { code: "no_refresh_token" });
    }
    return { credentials, settings: seller };
  },
};

function answersOf(answers: ConnectAnswers): z.infer<typeof Answers> {
  const parsed = Answers.safeParse(answers);
  if (parsed.success) return parsed.data;
  const names = [...new Set(parsed.error.issues.map(({ path }) => path.join(".")))].join(", ");
  throw new ChannelError("rejected", `These answers are missing or do not fit: ${names}`, { code: "bad_answers" });
}

function refused(message: string, code: string): ChannelError {
  return new ChannelError("unauthorized", message, { code });
}
