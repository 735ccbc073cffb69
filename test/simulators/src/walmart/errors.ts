import type { ApiAnswer } from "../kit/index.ts";

/** One entry of `errors[]` in Walmart's answers. */
export interface WalmartError {
  readonly code: string;
  readonly field: string;
  readonly description: string;
}

/** A refusal in Walmart's common shape (Walmart docs: error codes). */
export function refuse(status: number, { code, field, description }: WalmartError): ApiAnswer {
  const error = { code, field, description, info: description, severity: "ERROR", category: "DATA" };
  return { status, body: { errors: [{ ...error, causes: [], errorIdentifiers: {} }] } };
}

export function invalidParameter(field: string, description: string): ApiAnswer {
  return refuse(400, { code: "INVALID_REQUEST_PARAM.GMP_GATEWAY_API", field, description });
}

export function malformed(description: string): ApiAnswer {
  return refuse(400, { code: "MALFORMED_REQUEST_CONTENT.GMP_GATEWAY_API", field: "data", description });
}

export function notFound(api: "INVENTORY" | "ITEM" | "ORDER" | "FEED" | "PRICE" | "WEBHOOK", field: string): ApiAnswer {
  return refuse(404, { code: `CONTENT_NOT_FOUND.GMP_${api}_API`, field, description: `no such ${field}` });
}

export function unauthorized(status: 400 | 401, description: string): ApiAnswer {
  return refuse(status, { code: "UNAUTHORIZED.GMP_GATEWAY_API", field: "UNAUTHORIZED", description });
}

export function forbidden(scope: string): ApiAnswer {
  const code = "FORBIDDEN.GMP_GATEWAY_API";
  return refuse(403, { code, field: scope, description: `no access to ${scope}` });
}

export function tooManyRequests(): ApiAnswer {
  const code = "REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API";
  return { ...refuse(429, { code, field: "request", description: "too many requests" }), throttled: true };
}
