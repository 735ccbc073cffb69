import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ApiAnswer, ApiRequest, ApiRoute } from "./api.ts";
import type { CallEffect } from "../simulator.ts";
import type { Faults } from "./faults.ts";
import type { History } from "./history.ts";

type RawCall = FastifyRequest<{ Params: ApiRequest["params"] }>;

/** What the kit needs of a channel to answer a call, with faults in between. */
export interface CallRules {
  readonly faults: Faults;
  readonly history: History;
  accountOf(request: ApiRequest): string;
  throttled(request: ApiRequest, operation: string): ApiAnswer;
  revoke(account: string): void;
}

/** Answers one call: takes the fault that is due for it, lets the route answer, records the call. */
export async function answerCall(route: ApiRoute, rules: CallRules, raw: RawCall, reply: FastifyReply) {
  const request = readRequest(raw);
  const operation = typeof route.operation === "string" ? route.operation : route.operation(request);
  const account = rules.accountOf(request);
  const fault = rules.faults.takeForCall(account, operation);
  const startedAt = Date.now();
  const answer = await answerWithFault(fault, route, rules, request, { account, operation });
  const call = { type: "call", account, method: request.method, path: request.path, operation, startedAt } as const;
  rules.history.record({ ...call, status: answer?.status ?? 0, throttled: answer?.throttled ?? false });

  if (!answer || fault?.type === "lose_answer") {
    reply.hijack();
    raw.raw.socket.destroy();
    return;
  }
  await send(reply, answer, fault?.type === "cut");
}

/** Undefined: no answer, the connection is cut before the call is looked at. */
async function answerWithFault(
  fault: CallEffect | undefined,
  route: ApiRoute,
  rules: CallRules,
  request: ApiRequest,
  call: { readonly account: string; readonly operation: string },
): Promise<ApiAnswer | undefined> {
  if (fault?.type === "reset") return undefined;
  if (fault?.type === "status") return { ...fault, body: fault.body ?? "" };
  if (fault?.type === "throttle") return rules.throttled(request, call.operation);
  if (fault?.type === "delay") await sleep(fault.ms, undefined, { ref: false });
  if (fault?.type === "revoke") rules.revoke(call.account);
  return route.handle(request);
}

async function send(reply: FastifyReply, { status, headers, body }: ApiAnswer, cut: boolean): Promise<void> {
  const isRaw = body === undefined || typeof body === "string" || body instanceof Uint8Array;
  const bytes = Buffer.from(isRaw ? (body ?? "") : JSON.stringify(body));
  reply.code(status);
  if (!isRaw) reply.header("content-type", "application/json; charset=utf-8");
  reply.headers({ ...headers });
  await reply.send(cut ? bytes.subarray(0, Math.ceil(bytes.length / 2)) : bytes);
}

function readRequest(raw: RawCall): ApiRequest {
  const url = new URL(raw.url, "http://simulator");
  const headers = Object.fromEntries(
    Object.entries(raw.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
  const host = headers["x-sim-host"] ?? url.searchParams.get("sim_host") ?? headers["host"] ?? "";
  return {
    method: raw.method,
    path: url.pathname,
    params: raw.params,
    query: url.searchParams,
    headers,
    host: host.replace(/:\d+$/u, "").toLowerCase(),
    body: Buffer.isBuffer(raw.body) ? raw.body : Buffer.alloc(0),
  };
}
