import { describe, expect, it } from "vitest";
import { readFaultScript } from "./fault-script.ts";

describe("a script of faults", () => {
  it("names what happens by channel", () => {
    const script = {
      ebay: [{ operation: "getOrders", account: "acme", after: 2, times: 3, effect: { type: "delay", ms: 500 } }],
      walmart: [{ effect: { type: "stick_feed" } }, { topic: "PO_CREATED", effect: { type: "lose_notification" } }],
      amazon: [
        { effect: { type: "status", status: 503, body: "<html>", headers: { "content-type": "text/html" } } },
        { effect: { type: "duplicate_notification", copies: 2 } },
        { effect: { type: "delay_notification", ms: 50 } },
        { effect: { type: "reorder_notification" } },
      ],
      shopify: [
        { effect: { type: "throttle" } },
        { effect: { type: "reset" } },
        { effect: { type: "lose_answer" } },
        { effect: { type: "cut" } },
        { effect: { type: "revoke" } },
      ],
    };
    expect(readFaultScript(JSON.stringify(script))).toEqual(script);
  });

  it.each([
    ["text that is no JSON", "{", "it is no JSON"],
    ["a list", "[]", 'must be faults by channel, such as {"ebay": [{"effect": {"type": "throttle"}}]}'],
    ["an unknown channel", '{"etsy": []}', 'must be faults by channel, such as {"ebay"'],
    ["a fault without an effect", '{"ebay": [{}]}', "at ebay[0].effect"],
    ["an unknown effect", '{"ebay": [{"effect": {"type": "meteor"}}]}', "status, delay, throttle, reset"],
    ["a missing number", '{"ebay": [{"effect": {"type": "delay"}}]}', "at ebay[0].effect.ms"],
    ["a misspelt field", '{"ebay": [{"oparation": "x", "effect": {"type": "cut"}}]}', "oparation"],
    ["no times at all", '{"ebay": [{"times": 0, "effect": {"type": "cut"}}]}', "at ebay[0].times"],
    [
      "an operation of a notification",
      '{"ebay": [{"operation": "getOrders", "effect": {"type": "lose_notification"}}]}',
      "lose_notification does not happen to calls: leave it out",
    ],
    [
      "a topic of a call",
      '{"ebay": [{"topic": "ORDER", "effect": {"type": "cut"}}]}',
      "cut does not happen to notifications: leave it out",
    ],
  ])("is refused for %s, with the place and how to mend it", (_what, text, reason) => {
    expect(() => readFaultScript(text)).toThrow(reason);
  });
});
