import { createOutbound } from "@lastunit/adapter-contract";
import { channelErrorOf } from "@lastunit/adapter-contract/nocked";
import { createLogger } from "@lastunit/config";
import { describe, expect, it } from "vitest";
import { authorization } from "./authorization.ts";
import { useNockedWalmart, walmart } from "./testing.ts";

const answers = { clientId: "app-id", clientSecret: "app-secret", shipNode: "EAST", channelType: "0f3e4dd4" };
const request = { state: "made-by-us", redirectUrl: "https://hub.example/connected?a=b" };
const outbound = createOutbound({ endpoints: {}, log: createLogger({ level: "silent", name: "test" }) });

describe("a seller's consent", () => {
  useNockedWalmart();

  const exchange = (changes: Record<string, string> = {}, given: Record<string, string> = answers) => {
    const callback = { code: "C0DE", type: "auth", clientId: "app-id", sellerId: "456782346", state: "made-by-us" };
    return authorization.exchange(new URLSearchParams({ ...callback, ...changes }), given, {
      ...request,
      outbound,
      signal: AbortSignal.timeout(5_000),
    });
  };
  const refusal = (changes: Record<string, string>, given?: Record<string, string>) =>
    channelErrorOf(exchange(changes, given), ["app-secret", "C0DE"]);

  it("is asked for on Walmart's page, with our state, our address and a nonce of its own", () => {
    const [one, other] = [authorization.consentUrl(answers, request), authorization.consentUrl(answers, request)];
    expect(one.origin + one.pathname).toBe("https://login.account.wal-mart.com/authorize");
    const { nonce, ...rest } = Object.fromEntries(one.searchParams);
    expect(rest).toEqual({
      responseType: "code",
      clientId: "app-id",
      redirectUri: request.redirectUrl,
      clientType: "seller",
      state: "made-by-us",
    });
    expect(nonce).toMatch(/^[0-9a-f]{16}$/);
    expect(other.searchParams.get("nonce")).not.toBe(nonce);
  });

  it("is not asked for without the app's keys, and says which are missing", () => {
    expect(() => authorization.consentUrl({ clientId: "app-id" }, request)).toThrow(/clientSecret/);
  });

  it("gives tokens, a year of consent, and the seller it is of", async () => {
    const basic = Buffer.from("app-id:app-secret").toString("base64");
    const form = { grant_type: "authorization_code", code: "C0DE", redirect_uri: request.redirectUrl };
    walmart()
      .post("/v3/token", form)
      .matchHeader("authorization", `Basic ${basic}`)
      .matchHeader("wm_partner.id", "456782346")
      .matchHeader("wm_consumer.channel.type", "0f3e4dd4")
      .reply(200, { access_token: "token-1", token_type: "Bearer", expires_in: 900, refresh_token: "refresh-1" });
    const { credentials, settings } = await exchange();
    expect(settings).toEqual({ sellerId: "456782346", shipNode: "EAST", channelType: "0f3e4dd4" });
    expect(credentials).toMatchObject({ clientId: "app-id", accessToken: "token-1", refreshToken: "refresh-1" });
    const days = (Date.parse(credentials.refreshTokenExpiresAt ?? "") - Date.now()) / 86_400_000;
    expect(days).toBeCloseTo(365, 2);
  });

  it.each([
    ["nothing was granted", { code: "" }, "not_authorized"],
    ["the state is another attempt's", { state: "made-by-others" }, "wrong_state"],
    ["it is for another app", { clientId: "another" }, "wrong_app"],
  ])("is refused when %s, without asking Walmart", async (_name, changes, code) => {
    expect(await refusal(changes)).toMatchObject({ failure: "unauthorized", code });
  });

  it("is refused when another seller agrees than the one who is connected", async () => {
    const error = await refusal({}, { ...answers, sellerId: "1" });
    expect(error).toMatchObject({ failure: "unauthorized", code: "wrong_seller" });
  });

  it.each([400, 401])("is refused when Walmart refuses the code with %i", async (status) => {
    walmart().post("/v3/token").reply(status, { error: "invalid code C0DE" });
    expect(await refusal({})).toMatchObject({ failure: "unauthorized", code: "invalid_grant" });
  });

  it("is unavailable, not refused, when the edge answers with a page", async () => {
    walmart().post("/v3/token").reply(403, "<html>C0DE</html>");
    expect(await refusal({})).toMatchObject({ failure: "unavailable" });
  });

  it("is of no use without a refresh token", async () => {
    walmart().post("/v3/token").reply(200, { access_token: "token-1", expires_in: 900 });
    expect(await refusal({})).toMatchObject({ failure: "unavailable", code: "no_refresh_token" });
  });
});
