import { ChannelError } from "@lastunit/adapter-contract";
import { StoreError } from "@lastunit/store";
import { expect, it } from "vitest";
import { translate } from "./translate.ts";

it.each(["unauthorized", "rejected"] as const)(
  "what a channel has stored and is %s of asks to be given again",
  (failure) => {
    const error = new ChannelError(failure, "The stored settings do not fit: shop", { code: "invalid_settings" });
    expect(translate(error)).toMatchObject({
      status: 409,
      code: "not_connected",
      message: "The stored settings do not fit: shop. Connect the channel again.",
    });
  },
);

it("a platform that does not answer is to be asked again, when it says if it does", () => {
  const unavailable = new ChannelError("unavailable", "In words", { code: "timeout" });
  expect(translate(unavailable)).toMatchObject({ status: 503, code: "unavailable", retryAfterSeconds: 5 });
  const limited = new ChannelError("rate_limited", "In words", { code: "429", retryAfterMs: 11_500 });
  expect(translate(limited)).toMatchObject({ status: 503, retryAfterSeconds: 12 });
});

it("credentials that are renewed right now are to be asked for a little later", () => {
  expect(translate(new StoreError("credentials_busy", "In words."))).toMatchObject({ status: 503 });
});

it("what is nobody's is not translated", () => {
  expect(translate(new Error("In words."))).toBeUndefined();
});
