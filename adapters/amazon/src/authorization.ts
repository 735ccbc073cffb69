import { ChannelError, type Authorization, type ConnectAnswers } from "@lastunit/adapter-contract";
import { z } from "zod";
import { AmazonCredentials, AmazonSettings, awsKeyMissing, hasAwsKeysTogether } from "./connection.ts";
import { login } from "./login.ts";
import { withToken } from "./token.ts";

/** Seller Central by region (Amazon docs: website authorization workflow). `sellerCentral` among the settings overrides it. */
const sellerCentrals: { readonly [region in AmazonSettings["region"]]: string } = {
  na: "sellercentral.amazon.com",
  eu: "sellercentral-europe.amazon.com",
  fe: "sellercentral.amazon.co.jp",
};

/** What is answered before Amazon's page grants the rest. */
const Answers = z
  .object({
    ...AmazonCredentials.shape,
    ...AmazonSettings.shape,
    applicationId: AmazonSettings.shape.applicationId.unwrap(),
  })
  .omit({ refreshToken: true, sellerId: true })
  .refine(hasAwsKeysTogether, awsKeyMissing);

/** What Amazon sends the browser back with. */
const Callback = z.object({
  spapi_oauth_code: z.string().min(1),
  selling_partner_id: AmazonSettings.shape.sellerId,
  state: z.string(),
});

/**
 * The website authorization workflow (Amazon docs). Amazon signs nothing on the way back: the state is all that proves a
 * callback, and it is compared here once more.
 */
export const authorization: Authorization<AmazonCredentials, AmazonSettings> = {
  asks: ["applicationId", "clientId", "clientSecret", "region", "marketplaceId"],
  takes: ["awsAccessKeyId", "awsSecretAccessKey"],

  consentUrl(answers, { state, redirectUrl }) {
    const { applicationId, region, sellerCentral, draftApp } = answersOf(answers);
    const url = new URL(`https://${sellerCentral ?? sellerCentrals[region]}/apps/authorize/consent`);
    url.searchParams.set("application_id", applicationId);
    url.searchParams.set("state", state);
    url.searchParams.set("redirect_uri", redirectUrl);
    // Without it Amazon refuses an app that is still a draft (MD1000).
    if (draftApp === "yes") url.searchParams.set("version", "beta");
    return url;
  },

  async exchange(callback, answers, { state, outbound, signal }) {
    const given = answersOf(answers);
    const returned = Callback.safeParse(Object.fromEntries(callback)).data;
    if (!returned) throw refused("Amazon sent no authorization code: the app was not authorized", "not_authorized");
    if (returned.state !== state) throw refused("the answer belongs to another attempt; connect again", "wrong_state");
    const token = await login(
      given,
      { grant_type: "authorization_code", code: returned.spapi_oauth_code },
      { outbound, signal },
    );
    if (token.refresh_token === undefined) {
      throw new ChannelError("unavailable", "Login with Amazon gave no refresh token", { code: "no_refresh_token" });
    }
    return {
      credentials: AmazonCredentials.parse(withToken({ ...given, refreshToken: token.refresh_token }, token)),
      settings: AmazonSettings.parse({ ...given, sellerId: returned.selling_partner_id }),
    };
  },
};

function answersOf(answers: ConnectAnswers): z.infer<typeof Answers> {
  const parsed = Answers.safeParse(answers);
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join(".")))].join(", ");
  throw new ChannelError("rejected", `these answers are missing or do not fit: ${fields}`, { code: "bad_answers" });
}

function refused(message: string, code: string): ChannelError {
  return new ChannelError("unauthorized", message, { code });
}
