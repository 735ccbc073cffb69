import { listChannels } from "@lastunit/store";
import { describe, expect, it } from "vitest";
import { call, newSecret, sender } from "../calls.ts";
import { SERVICE_TOKEN } from "../world.ts";
import { useConnect } from "./fixtures.ts";

const its = useConnect(["shopify", "amazon", "walmart"]);
const { connect, open } = its;

describe("what does not fit is answered 400 with the field's name and no value:", () => {
  const secret = newSecret();

  it.each([
    ["a missing credential", { credentials: {} }, "credentials.secret"],
    ["a credential of the wrong form", { credentials: { secret: "hunter2-secret" } }, "credentials.secret"],
    ["an unknown credential", { credentials: { secret, token: "hunter2" } }, "credentials.token"],
    ["a missing setting", { settings: {} }, "settings.name"],
    ["an unknown setting", { settings: { name: "POS", url: "http://169.254.169.254/hunter2" } }, "settings.url"],
    ["a setting the database can't keep", { settings: { name: "POS\0hunter2" } }, "settings.name"],
    ["a credential that is no text", { credentials: { secret: { hunter2: true } } }, "credentials.secret"],
    ["an unknown kind", { kind: "hunter2" }, "kind"],
    ["no default location", { default_location_id: "" }, "default_location_id"],
    ["locations that name none", { locations: [] }, "locations"],
    ["a share above 1", { allocation: { share: 1.5 } }, "allocation.share"],
  ])("%s", async (_, wrong, field) => {
    const answer = await connect({ ...sender("Misfit", secret), ...wrong });
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    expect(answer.body.errors.map((error: { field: string }) => error.field)).toContain(field);
    expect(answer.text + its.world.logged()).not.toContain("hunter2");
  });

  it("what an adapter keeps for itself can't be given: tokens are granted by the platform", async () => {
    const { request } = await open("walmart");
    const answer = await connect({ ...request, credentials: { ...request.credentials, webhookSecret: "hunter2" } });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: "credentials.webhookSecret" }] } });
    expect(answer.text).not.toContain("hunter2");
  });

  it("a body that is no JSON", async () => {
    const answer = await call(its.url, "/v1/channels", {
      body: '{"kind":"webhook","credentials":{"secret":hunter2}}',
      headers: { "content-type": "application/json" },
    });
    expect(answer.status).toBe(400);
    expect(answer.text + its.world.logged()).not.toContain("hunter2");
  });

  it("a form, which any page can send: 415", async () => {
    const answer = await call(its.url, "/v1/channels", {
      body: "kind=webhook",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(answer.status).toBe(415);
  });
});

describe("an address among the settings", () => {
  it.each([
    "http://169.254.169.254/latest/meta-data",
    "http://127.0.0.1:1/000000000000/q/../../x",
    "file:///etc/passwd",
  ])("that is not the platform's is refused: %s", async (sqsQueueUrl) => {
    const { request } = await open("amazon");
    const answer = await connect({ ...request, settings: { ...request.settings, sqsQueueUrl } });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: "settings.sqsQueueUrl" }] } });
    expect(answer.text).not.toContain(sqsQueueUrl);
  });

  it("is refused as a shop's name", async () => {
    const { request } = await open("shopify");
    const answer = await connect({ ...request, settings: { shop: "evil.example/?.myshopify.com" } });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: "settings.shop" }] } });
  });
});

describe("an operator", () => {
  const operator = { token: SERVICE_TOKEN };
  const as = (merchant: string) => ({ ...operator, headers: { "lastunit-merchant": merchant } });

  it("names the merchant by header", async () => {
    const answer = await connect(sender("By an operator", newSecret()), as("acme"));
    expect(answer.status).toBe(201);
    const channels = await listChannels(its.world.store, { merchantId: "acme" });
    expect(channels.map((channel) => channel.channelId)).toContain(answer.body.channel_id);
  });

  it("that names none is answered 400", async () => {
    const answer = await connect(sender("Whose", newSecret()), operator);
    expect(answer).toMatchObject({ status: 400, body: { code: "merchant_required" } });
  });

  it.each(["initech", "", "ACME", "acme'--", "ü"])(
    "that names an unknown merchant is answered 404 and makes none: %j",
    async (merchant) => {
      const answer = await connect(sender("Whose", newSecret()), as(merchant));
      expect(answer).toMatchObject({ status: 404, body: { code: "unknown_merchant" } });
      const { rows } = await its.world.store.query("select merchant_id from merchant");
      expect(rows.map((row) => row.merchant_id)).not.toContain(merchant);
    },
  );
});

describe("without a valid token", () => {
  it.each([[null], ["not-a-token"], ["tökén"]])(
    "%j nothing is connected, nor said of what would fit",
    async (token) => {
      const answer = await connect({ kind: "nonsense" }, { token });
      expect(answer).toMatchObject({ status: 401, body: { code: "unauthorized" } });
      expect(answer.body).not.toHaveProperty("errors");
    },
  );
});
