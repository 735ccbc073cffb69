import type { RawRequest } from "@lastunit/adapter-contract";
import type { FastifyRequest } from "fastify";

/** The request as an adapter reads it; its body is the bytes as they came, still compressed where they were. */
export function rawRequest(request: FastifyRequest): RawRequest {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
  return {
    method: request.method,
    path: request.url,
    query: new URL(request.url, "http://gateway").searchParams,
    headers,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  };
}

const dropped = new Set(["authorization", "cookie", "proxy-authorization"]);

/** What the adapter may need later; cookies and credentials of whoever stands between are not our business. */
export function keptHeaders(headers: RawRequest["headers"]): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined || dropped.has(name) ? [] : [[name, value]],
  );
  return Object.fromEntries(entries);
}
