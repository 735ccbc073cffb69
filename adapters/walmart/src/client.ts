import { ChannelError } from "@lastunit/adapter-contract";
import type { z } from "zod";
import type { WalmartConnection } from "./credentials.ts";
import { exchange, noAnswer, readAnswer, type HttpAnswer } from "./http.ts";
import type { Bucket } from "./limits.ts";
import { callsLeft } from "./throttle.ts";
import { accessToken } from "./token.ts";

export interface WalmartRequest<T> {
  /** The rate limit it counts against; absent where Walmart documents none. */
  readonly bucket?: Bucket;
  readonly method: "GET" | "POST" | "PUT" | "PATCH";
  /** Path and query, already encoded. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly answer: z.ZodType<T>;
}

/** When a call ends: `signal` cuts it, `waiting` only keeps it from being sent. */
export interface CallLimits {
  readonly signal: AbortSignal;
  readonly waiting?: AbortSignal;
}

export interface WalmartClient {
  /** @throws {ChannelError} */
  send<T>(request: WalmartRequest<T>, limits: CallLimits): Promise<T>;
}

/** Walmart over HTTP: token, headers, pacing, and one renewal when the token is refused. */
export function createClient(connection: WalmartConnection): WalmartClient {
  const fetch = connection.outbound.fetch("walmart");

  async function sendOnce(request: WalmartRequest<unknown>, token: string, signal: AbortSignal): Promise<HttpAnswer> {
    const answer = await exchange(
      fetch,
      {
        method: request.method,
        path: request.path,
        headers: { "wm_sec.access_token": token, "content-type": "application/json" },
        body: request.body === undefined ? undefined : JSON.stringify(request.body),
      },
      signal,
    );
    const remaining = callsLeft(answer.headers);
    if (request.bucket && remaining !== undefined) connection.pacer.observe(request.bucket, { remaining });
    return answer;
  }

  async function sendPaced(request: WalmartRequest<unknown>, token: string, limits: CallLimits): Promise<HttpAnswer> {
    const { signal, waiting = signal } = limits;
    waiting.throwIfAborted();
    const work = () => sendOnce(request, token, signal);
    return request.bucket ? await connection.pacer.spend(request.bucket, work, { signal: waiting }) : await work();
  }

  return {
    async send(request, limits) {
      try {
        const token = await accessToken(connection, limits.signal);
        const answer = await sendPaced(request, token, limits);
        if (answer.status !== 401) return readAnswer(answer, request.answer);
        const renewed = await accessToken(connection, limits.signal, token);
        return readAnswer(await sendPaced(request, renewed, limits), request.answer);
      } catch (error) {
        // The pacer gives up with the signal's reason.
        if (!(error instanceof ChannelError) && limits.signal.aborted) throw noAnswer(error, limits.signal);
        throw error;
      }
    },
  };
}
