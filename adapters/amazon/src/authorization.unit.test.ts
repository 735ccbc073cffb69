import { createOutbound } from "@lastunit/adapter-contract";
import { createLogger } from "@lastunit/config";
import { useNock } from "@lastunit/adapter-contract/nocked";
import { describe, expect, it } from "vitest";
import { authorization } from "./authorization.ts";
import { channelErrorOf, login, MARKETPLACE } from "./testing/harness.ts";

const outbound = createOutbound({ endpoints: {}, log: createLogger({ level: "silent", name: "test" }) });
const request = { state: "state-1", redirectUrl: "https://hub.example/v1/channels/amazon/callback" };
const answers = {
  applicationId: "amzn1.sp.solution.1a2b-3c4d",
  clientId: "amzn1.application-oa2-client.1",
  clientSecret: "amzn1.oa2-cs.v1.secret",
  region: "na",
  marketplaceId: MARKETPLACE,
};

describe("the consent page", () => {
  it("is Seller Central's, with the app, the state and where to go back to", () => {
    const url = authorization.consentUrl(answers, request);
    expect(url.origin + url.pathname).toBe("https://sellercentral.amazon.com/apps/authorize/consent");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      application_id: answers.applicationId,
      state: "state-1",
      redirect_uri: request.redirectUrl,
    });
  });

  it.each([
    [{ region: "eu" }, "sellercentral-europe.amazon.com"],
    [{ region: "fe" }, "sellercentral.amazon.co.jp"],
    [{ region: "fe", sellerCentral: "sellercentral.amazon.com.au" }, "sellercentral.amazon.com.au"],
  ])("of %o is %s", (more, host) => {
    expect(authorization.consentUrl({ ...answers, ...more }, request).host).toBe(host);
  });

  it("is asked for as beta while the app is a draft, which Amazon refuses otherwise", () => {
    const of = (draftApp: string) => authorization.consentUrl({ ...answers, draftApp }, request).searchParams;
    expect(of("yes").get("version")).toBe("beta");
    expect(of("no").has("version")).toBe(false);
  });

  it.each(authorization.asks)("is not shown without %s", (field) => {
    expect(() => authorization.consentUrl({ ...answers, [field]: undefined }, request)).toThrow(
      expect.objectContaining({ failure: "rejected", message: expect.stringContaining(field) }),
    );
  });
});

describe("what the browser comes back with", () => {
  useNock();
  const back = (more: { readonly [name: string]: string } = {}) =>
    new URLSearchParams({ state: "state-1", selling_partner_id: "A1SELLER", spapi_oauth_code: "code-1", ...more });
  const exchange = (callback: URLSearchParams, given: object = {}) =>
    authorization.exchange(
      callback,
      { ...answers, ...given },
      { ...request, outbound, signal: AbortSignal.timeout(5_000) },
    );

  it("is exchanged for a refresh token, and tells the seller id", async () => {
    login({
      grant_type: "authorization_code",
      code: "code-1",
      client_id: answers.clientId,
      client_secret: answers.clientSecret,
    }).reply(200, { access_token: "Atza|token-1", expires_in: 3_600, refresh_token: "Atzr|refresh-token" });
    const { credentials, settings } = await exchange(back());
    expect(credentials).toEqual({
      clientId: answers.clientId,
      clientSecret: answers.clientSecret,
      refreshToken: "Atzr|refresh-token",
      accessToken: "Atza|token-1",
      accessTokenExpiresAt: expect.any(String),
      authorizedAt: expect.any(String),
      clientSecretSince: expect.any(String),
    });
    const { applicationId, region, marketplaceId } = answers;
    expect(settings).toEqual({ sellerId: "A1SELLER", applicationId, region, marketplaceId });
  });

  it("may carry what older apps are told besides", async () => {
    const token = { access_token: "Atza|token-1", expires_in: 3_600, refresh_token: "Atzr|refresh-token" };
    login(/authorization_code/).reply(200, token);
    const { credentials } = await exchange(back({ mws_auth_token: "amzn.mws.1" }));
    expect(JSON.stringify(credentials)).not.toContain("amzn.mws.1");
  });

  it.each([
    ["another state", back({ state: "state-2" }), "wrong_state"],
    ["no code: the merchant declined", new URLSearchParams({ state: "state-1" }), "not_authorized"],
    ["a seller id that is none", back({ selling_partner_id: "../A1" }), "not_authorized"],
  ])("is refused with %s", async (_name, callback, code) => {
    expect(await channelErrorOf(exchange(callback))).toMatchObject({ failure: "unauthorized", code });
  });

  it("is refused when the code is old or was used, and says so", async () => {
    login(/authorization_code/).reply(400, { error: "invalid_grant" });
    const error = await channelErrorOf(exchange(back()));
    expect(error).toMatchObject({ failure: "unauthorized", code: "invalid_grant" });
    expect(error.message).toContain("connect again");
  });

  it("spends no code on answers that would not do", async () => {
    const error = await channelErrorOf(exchange(back(), { awsAccessKeyId: "AKIA" }));
    expect(error).toMatchObject({ failure: "rejected", message: expect.stringContaining("awsSecretAccessKey") });
  });
});
