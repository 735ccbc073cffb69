import type { ChannelFailure } from "@lastunit/adapter-contract";
import { callWithin } from "@lastunit/adapter-contract/conformance";
import { channelErrorOf } from "@lastunit/adapter-contract/nocked";
import { describe, expect, it } from "vitest";
import { connect, errors, listing, nodes, secrets, useNockedWalmart, walmart } from "./testing.ts";

const throttled = errors("REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API", "Threshold violated");

/** What Walmart answers, and what it means for the call. */
const answers: readonly {
  readonly answer: string;
  readonly status: number;
  readonly body: unknown;
  readonly headers?: { readonly [name: string]: string };
  readonly failure: ChannelFailure;
  readonly code: string;
  /** The wait, before the tenth at most that is added at random. */
  readonly waitMs?: number;
}[] = [
  {
    answer: "429 with Retry-After",
    status: 429,
    body: throttled,
    headers: { "retry-after": "20" },
    failure: "rate_limited",
    code: "REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API",
    waitMs: 20_000,
  },
  { answer: "429 without a word", status: 429, body: "", failure: "rate_limited", code: "http_429", waitMs: 60_000 },
  {
    answer: "a 200 that says it was throttled",
    status: 200,
    body: throttled,
    failure: "rate_limited",
    code: "REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API",
    waitMs: 60_000,
  },
  {
    answer: "a 403 that says it was throttled",
    status: 403,
    body: throttled,
    failure: "rate_limited",
    code: "REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API",
    waitMs: 60_000,
  },
  { answer: "503 in HTML", status: 503, body: "<html>token-1</html>", failure: "unavailable", code: "http_503" },
  {
    answer: "500 in JSON",
    status: 500,
    body: errors("SYSTEM_ERROR", "Try later", "SYSTEM"),
    failure: "unavailable",
    code: "SYSTEM_ERROR",
  },
  { answer: "408", status: 408, body: "", failure: "unavailable", code: "http_408" },
  {
    answer: "cut JSON",
    status: 200,
    body: '{"sku":"CAP","nodes":[{"shipNo',
    failure: "unavailable",
    code: "unreadable_answer",
  },
  { answer: "an empty 200", status: 200, body: "", failure: "unavailable", code: "unreadable_answer" },
  { answer: "XML", status: 200, body: "<?xml version='1.0'?><a/>", failure: "unavailable", code: "unreadable_answer" },
  {
    answer: "JSON of another shape",
    status: 200,
    body: { nodes: [{ shipNode: null }] },
    failure: "unavailable",
    code: "unexpected_answer",
  },
  {
    answer: "a 200 with errors of the request",
    status: 200,
    body: errors("INVALID_REQUEST", "Bad SKU"),
    failure: "rejected",
    code: "INVALID_REQUEST",
  },
  {
    answer: "a 200 with errors of the system",
    status: 200,
    body: errors("SYSTEM_ERROR", "Try later", "SYSTEM"),
    failure: "unavailable",
    code: "SYSTEM_ERROR",
  },
  {
    answer: "a 200 that says unauthorized",
    status: 200,
    body: errors("UNAUTHORIZED.GMP_GATEWAY_API", "Unauthorized"),
    failure: "unauthorized",
    code: "UNAUTHORIZED.GMP_GATEWAY_API",
  },
  {
    answer: "400",
    status: 400,
    body: errors("INVALID_REQUEST", "Bad SKU"),
    failure: "rejected",
    code: "INVALID_REQUEST",
  },
  {
    answer: "400 whose words show the token",
    status: 400,
    body: errors("INVALID_REQUEST", "The token token-1 may not"),
    failure: "rejected",
    code: "INVALID_REQUEST",
  },
  {
    answer: "400 under the gateways' singular name",
    status: 400,
    body: { error: errors("MALFORMED_REQUEST_CONTENT", "Bad body").errors },
    failure: "rejected",
    code: "MALFORMED_REQUEST_CONTENT",
  },
  {
    answer: "400 in the form of the orders' API",
    status: 400,
    body: { errors: { error: errors("MALFORMED_REQUEST_CONTENT", "Bad body").errors } },
    failure: "rejected",
    code: "MALFORMED_REQUEST_CONTENT",
  },
  {
    answer: "403 for a missing scope",
    status: 403,
    body: errors("FORBIDDEN.GMP_GATEWAY_API", "No access"),
    failure: "unauthorized",
    code: "FORBIDDEN.GMP_GATEWAY_API",
  },
  { answer: "403 in HTML, the edge's", status: 403, body: "<html>", failure: "unavailable", code: "http_403" },
  { answer: "400 in HTML, the edge's", status: 400, body: "<html>", failure: "unavailable", code: "http_400" },
  { answer: "a redirect", status: 302, body: "", failure: "unavailable", code: "http_302" },
];

describe("an answer of Walmart", () => {
  useNockedWalmart();
  const failureOf = (session: ReturnType<typeof connect>["session"]) =>
    channelErrorOf(session.readInventory([listing("CAP")], callWithin()), secrets);

  it.each(answers)("$answer is $failure ($code)", async ({ status, body, headers = {}, failure, code, waitMs }) => {
    const { session } = connect();
    const text = typeof body === "string" ? body : JSON.stringify(body);
    walmart().get("/v3/inventories/CAP").reply(status, text, headers);
    const error = await failureOf(session);
    expect(error).toMatchObject({ failure, code, httpStatus: status });
    const { retryAfterMs } = error;
    const isAsked = retryAfterMs !== undefined && retryAfterMs >= (waitMs ?? 0) && retryAfterMs <= 1.1 * (waitMs ?? 0);
    expect(waitMs === undefined ? retryAfterMs === undefined : isAsked).toBe(true);
  });

  it.each(["INFO", "WARN"])(
    "that has what was asked for, and an error that is only an %s, is taken",
    async (severity) => {
      const { session } = connect();
      const [error] = errors("SOMETHING_ODD", "Mind this", "DATA").errors;
      const stock = nodes("CAP", { shipNode: "1", available: 9, reserved: 2 });
      walmart()
        .get("/v3/inventories/CAP")
        .reply(200, { ...stock, errors: [{ ...error, severity }] });
      expect(await session.readInventory([listing("CAP")], callWithin())).toMatchObject([{ available: 9 }]);
    },
  );

  it("that never comes for a reset is unavailable, and the client's own error is dropped", async () => {
    const { session } = connect();
    walmart().get("/v3/inventories/CAP").replyWithError("socket hang up for token-1");
    const error = await failureOf(session);
    expect(error).toMatchObject({ failure: "unavailable", code: "connection_failed" });
    expect(error).not.toHaveProperty("cause");
  });

  it("401 is unauthorized once a new token was refused as well", async () => {
    const { session } = connect();
    walmart().get("/v3/inventories/CAP").twice().reply(401, errors("UNAUTHORIZED", "Unauthorized"));
    walmart().post("/v3/token").reply(200, { access_token: "token-2", expires_in: 900 });
    expect(await failureOf(session)).toMatchObject({ failure: "unauthorized", code: "UNAUTHORIZED" });
  });

  it("is unauthorized when the keys were revoked", async () => {
    const { session } = connect();
    walmart().get("/v3/inventories/CAP").reply(401, errors("UNAUTHORIZED", "Unauthorized"));
    walmart().post("/v3/token").reply(400, errors("INVALID_TOKEN", "client-secret is not known"));
    expect(await failureOf(session)).toMatchObject({ failure: "unauthorized", code: "invalid_client" });
  });
});
