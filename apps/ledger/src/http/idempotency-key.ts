import { Problem } from "@lastunit/config/http";
import type { FastifyRequest } from "fastify";
import { id } from "./schemas.ts";

/**
 * The `Idempotency-Key` header, for clients whose HTTP library sends one: it stands in for an id that the body leaves
 * out. Where the body has ids, they are what makes a repeat a repeat.
 *
 * @throws {Problem} 400 when it can't be an id.
 */
export function idempotencyKey(request: FastifyRequest): string | undefined {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return undefined;
  const parsed = id.safeParse(key);
  if (parsed.success) return parsed.data;
  const message = parsed.error.issues[0]?.message ?? "is not valid";
  throw new Problem(400, "invalid_request", `Idempotency-Key: ${message}`, {
    extra: { errors: [{ field: "Idempotency-Key", message }] },
  });
}
