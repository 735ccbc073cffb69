import { ChannelError } from "@lastunit/adapter-contract";
import type { z } from "zod";
import type { WalmartConnection } from "./credentials.ts";
import { exchange, noAnswer, readAnswer, type HttpAnswer } from "./http.ts";
import type { Bucket } from "./limits.ts";
import { bucketSeen } from "./throttle.ts";
import { accessToken } from "./token.ts";

export interface WalmartRequest<T> {
  /** The rate limit it counts against; absent where Walmart documents none. */
  readonly bucket?: Bucket;
  readonly method: "GET" | "POST" | "PUT" | "PATCH";
  /** Path and query, already encoded. */
  readonly path: string;
  /** Sent as JSON, a form as multipart. */
  readonly body?: unknown;
  readonly answer: z.ZodType<T>;
}

/** When a call ends: `signal` cuts it, `waiting` only keeps it from being sent. `urgency` is the pacer's. */
export interface CallLimits {
  readonly signal: AbortSignal;
  readonly waiting?: AbortSignal;
  readonly urgency?: "prompt" | "background";
}

export interface WalmartClient {
  /** @throws {ChannelError} */
  send<T>(request: WalmartRequest<T>, limits: CallLimits): Promise<T>;
}

/** Walmart over HTTP: token, headers, pacing, and one renewal when the token is refused. */
export function createClient(connection: WalmartConnection): WalmartClient {
  const { pacer, settings } = connection;
  const fetch = connection.outbound.fetch("walmart");

  async function sendOnce(request: WalmartRequest<unknown>, token: string, signal: AbortSignal): Promise<HttpAnswer> {
    const answer = await exchange(
      fetch,
      {
        method: request.method,
        path: request.path,
        headers: {
          "wm_sec.access_token": token,
          ...(settings.channelType !== undefined && { "wm_consumer.channel.type": settings.channelType }),
          // A form names its own content type, with the boundary.
          ...(!(request.body instanceof FormData) && { "content-type": "application/json" }),
        },
        body:
          request.body === undefined || request.body instanceof FormData ? request.body : JSON.stringify(request.body),
      },
      signal,
    );
    const seen = bucketSeen(answer.headers);
    if (request.bucket && seen.remaining !== undefined) pacer.observe(request.bucket, seen);
    // Walmart's own words become errors and are logged.
    return { ...answer, text: answer.text.replaceAll(token, "***") };
  }

  async function sendPaced(request: WalmartRequest<unknown>, token: string, limits: CallLimits): Promise<HttpAnswer> {
    const { signal, waiting = signal, urgency = "prompt" } = limits;
    const work = async () => {
      waiting.throwIfAborted();
      return await sendOnce(request, token, signal);
    };
    return request.bucket ? await pacer.spend(request.bucket, work, { signal: waiting, urgency }) : await work();
  }

  return {
    async send(request, limits) {
      try {
        limits.signal.throwIfAborted();
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
