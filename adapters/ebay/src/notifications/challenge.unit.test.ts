import { describe, expect, it } from "vitest";
import { webhookChannel } from "../testing/signing.ts";
import { answerChallenge } from "./challenge.ts";

const code = "71745723-d031-455c-bfa5-f90d11b4f20a";
const endpoint = "http://www.testendpoint.com/webhook";

function challenge(method = "GET", query: Record<string, string> = { challenge_code: code }) {
  return { method, path: "/webhook", query: new URLSearchParams(query), headers: {}, body: Buffer.alloc(0) };
}

describe("eBay's challenge", () => {
  it("is answered as eBay's own SDK does", async () => {
    const channel = webhookChannel({ verificationToken: code }, endpoint);
    await expect(answerChallenge(challenge(), channel)).resolves.toEqual({
      status: 200,
      body: '{"challengeResponse":"048de9ffd0e35021fefc0388d5c52e0f475324f582f3778ca81a53354ccbbc97"}',
    });
  });

  it.each([
    ["a POST", challenge("POST"), code],
    ["a GET without code", challenge("GET", {}), code],
    ["a channel that has no verification token yet", challenge(), undefined],
  ])("is not answered for %s", async (_, request, verificationToken) => {
    const channel = webhookChannel({ verificationToken }, endpoint);
    await expect(answerChallenge(request, channel)).resolves.toBeUndefined();
  });
});
