import { randomUUID } from "node:crypto";
import { ChannelError } from "@lastunit/adapter-contract";
import type { z } from "zod";
import { failureIn, failureOf } from "./failures.ts";
import { parseJson } from "./json.ts";

const HOST = "https://marketplace.walmartapis.com";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH";
  /** Path and query, already encoded. */
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string | FormData | undefined;
}

/** An answer read to its end. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Sends one request with the headers every Walmart call needs and reads the whole answer.
 * A fresh correlation id each: Walmart's support traces one call by it.
 *
 * @throws {ChannelError} `unavailable` when no whole answer came. The client's own error is dropped, it may hold the token.
 */
export async function exchange(
  fetch: typeof globalThis.fetch,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  try {
    const response = await fetch(HOST + request.path, {
      method: request.method,
      headers: {
        accept: "application/json",
        "wm_svc.name": "Walmart Marketplace",
        "wm_qos.correlation_id": randomUUID(),
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: request.body }),
      // The API never redirects, and a followed redirect would carry the token to another host.
      redirect: "manual",
      signal,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    throw noAnswer(error, signal);
  }
}

/** What ended a call without an answer: its deadline or the connection. */
export function noAnswer(error: unknown, signal: AbortSignal): ChannelError {
  const timedOut = signal.aborted || (error instanceof Error && error.name === "TimeoutError");
  return timedOut
    ? new ChannelError("unavailable", "Walmart did not answer in time", { code: "timeout" })
    : new ChannelError("unavailable", "The connection to Walmart failed", { code: "connection_failed" });
}

/**
 * The answer's JSON in the shape asked for.
 * @throws {ChannelError} the failure the status stands for, or the errors that a 200 holds; `unavailable` for a 2xx that
 * is cut or of another shape.
 */
export function readAnswer<T>(answer: HttpAnswer, shape: z.ZodType<T>): T {
  const body = parseJson(answer.text);
  if (answer.status < 200 || answer.status > 299) throw failureOf(answer, body);
  if (body === undefined) {
    throw new ChannelError("unavailable", "Walmart's answer is not JSON", {
      code: "unreadable_answer",
      httpStatus: answer.status,
    });
  }
  // A 206 is whole for what it has: its errors name what it left out.
  const failed = answer.status === 206 ? undefined : failureIn(answer, body);
  if (failed) throw failed;
  const parsed = shape.safeParse(body);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
  throw new ChannelError("unavailable", `Walmart's answer has an unknown shape at: ${where}`, {
    code: "unexpected_answer",
    httpStatus: answer.status,
  });
}
