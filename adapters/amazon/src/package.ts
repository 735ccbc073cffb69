import https from "node:https";
import { CALL_DEADLINE_MS } from "@lastunit/adapter-contract";
import { SellingPartner } from "amazon-sp-api";
import { z } from "zod";
import { CallAgent } from "./call-agent.ts";
import type { AmazonCredentials, AmazonSettings } from "./connection.ts";
import type { HttpAnswer } from "./errors.ts";

/** A call as the package takes it. The package writes into it, so a call is made of a fresh one each time. */
export type PackageCall = (
  | { readonly version: string; readonly path?: { readonly [name: string]: string } }
  /** By path, already encoded: for operations the package would fetch a token of its own for. */
  | { readonly method: "GET" | "POST" | "DELETE"; readonly apiPath: string }
) & {
  /** `listingsItems.patchListingsItem` */
  readonly operation: string;
  readonly query?: { readonly [name: string]: string | readonly string[] };
  readonly body?: object;
};

export interface Caller {
  readonly credentials: AmazonCredentials;
  readonly settings: AmazonSettings;
  readonly accessToken: string;
  /** Undefined in production. */
  readonly agent: https.Agent | undefined;
  readonly signal: AbortSignal;
}

/** `raw_result` of amazon-sp-api 1.2.1 (lib/Request.js). `body` is left alone: it breaks characters cut by a chunk. */
const RawResult = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())]).optional()),
  chunks: z.array(z.instanceof(Uint8Array)),
});

/** One request. Rejects with whatever went wrong; a status of 400 or more is an answer, not an error. */
export async function send(call: PackageCall, caller: Caller): Promise<HttpAnswer> {
  const { signal } = caller;
  signal.throwIfAborted();
  const agent = new CallAgent(caller.agent ?? https.globalAgent, signal);
  const raw: unknown = await Promise.race([clientOf(caller, agent).callAPI(requestOf(call)), agent.failed]);
  const { statusCode, headers, chunks } = RawResult.parse(raw);
  return { status: statusCode, headers, text: Buffer.concat(chunks).toString("utf8") };
}

/**
 * One client a call: it is cheap, and what the package keeps between calls (tokens, timeouts) is shared by parallel ones.
 * It never fetches a token, waits out a throttle or repeats a request: pacer, queue and credential box do that.
 */
function clientOf({ credentials, settings, accessToken }: Caller, agent: https.Agent): SellingPartner {
  return new SellingPartner({
    region: settings.region,
    refresh_token: credentials.refreshToken,
    access_token: accessToken,
    credentials: {
      SELLING_PARTNER_APP_CLIENT_ID: credentials.clientId,
      SELLING_PARTNER_APP_CLIENT_SECRET: credentials.clientSecret,
    },
    options: {
      auto_request_tokens: false,
      auto_request_throttled: false,
      retry_remote_timeout: false,
      version_fallback: false,
      debug_log: false,
      timeouts: { response: 10_000, idle: 10_000, deadline: CALL_DEADLINE_MS },
      https_proxy_agent: agent,
    },
  });
}

/** Deep copies: the package percent-encodes `path` in place and adds fields of its own. */
function requestOf(call: PackageCall) {
  const { operation } = call;
  const { query, body } = structuredClone({ query: call.query, body: call.body });
  const common = { operation, ...(query && { query }), ...(body && { body }) };
  if ("apiPath" in call) {
    return { ...common, method: call.method, api_path: call.apiPath, options: { raw_result: true } };
  }
  return { ...common, path: { ...call.path }, options: { raw_result: true, version: call.version } };
}
