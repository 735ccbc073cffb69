import { createOutbound, type CredentialBox, type RawRequest } from "@lastunit/adapter-contract";
import { callWithin, MemoryCredentials, unpaced } from "@lastunit/adapter-contract/conformance";
import { walmartAdapter } from "@lastunit/adapter-walmart";
import { describe, expect, it } from "vitest";
import { parsing } from "./parsing.ts";

const adapter = parsing(walmartAdapter);
const { log } = callWithin();
const outbound = createOutbound({ endpoints: {}, log });
const request: RawRequest = {
  method: "POST",
  path: "/",
  query: new URLSearchParams(),
  headers: { "x-hub-walmart-auth": "a".repeat(64) },
  body: Buffer.from("{}"),
};

function open(settings: unknown, credentials: CredentialBox<unknown>) {
  return adapter.open({ channelId: "c", key: "walmart:1", settings, credentials, outbound, pacer: unpaced, log });
}

describe("an adapter for callers without types", () => {
  it("keeps what the adapter says of itself", () => {
    const { kind, title, fields, capabilities, limits } = adapter;
    expect({ kind, title, fields, capabilities, limits }).toEqual({
      kind: walmartAdapter.kind,
      title: walmartAdapter.title,
      fields: walmartAdapter.fields,
      capabilities: walmartAdapter.capabilities,
      limits: walmartAdapter.limits,
    });
    expect(adapter.accountOf({ sellerId: "AB-1" })).toBe("ab-1");
  });

  it("refuses settings that do not fit, naming the field and not the value", () => {
    const box = new MemoryCredentials({});
    expect(() => open({ sellerId: "not an id!" }, box)).toThrow(
      expect.objectContaining({
        name: "ChannelError",
        failure: "rejected",
        code: "invalid_settings",
        message: "The channel's stored settings do not fit: sellerId",
      }),
    );
  });

  it("carries over what of stored credentials that fit goes on", () => {
    const given = { clientId: "id", clientSecret: "secret" };
    expect(adapter.carryOver?.(given, { ...given, webhookSecret: "made here" })).toMatchObject({
      webhookSecret: "made here",
    });
    expect(() => adapter.carryOver?.(given, { clientId: 7 })).toThrow(
      expect.objectContaining({ name: "ChannelError", code: "invalid_credentials" }),
    );
  });

  it("calls stored credentials that do not fit unauthorized, for a call and for a delivery", async () => {
    const credentials = new MemoryCredentials({ clientId: "id", clientSecret: 7 });
    const session = open({ sellerId: "1" }, credentials);
    const unauthorized = {
      name: "ChannelError",
      failure: "unauthorized",
      message: "The channel's stored credentials do not fit: clientSecret",
    };
    await expect(session.check(callWithin())).rejects.toMatchObject(unauthorized);
    const channel = { channelId: "c", settings: { sellerId: "1" }, credentials, url: "https://hub.example", outbound };
    await expect(adapter.webhooks?.verify(request, channel, Date.now())).rejects.toMatchObject(unauthorized);
  });
});
