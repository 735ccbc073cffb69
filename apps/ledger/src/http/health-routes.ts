import { Problem, type HttpServer } from "@lastunit/config/http";
import { collectDefaultMetrics, Registry } from "prom-client";
import { headPosition } from "../read/events.ts";
import type { Parts } from "./parts.ts";

/** Health and metrics; no token. */
export function healthRoutes(app: HttpServer, { pool }: Parts): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

  app.get("/health/live", { schema: { hide: true } }, () => ({ status: "live" }));
  app.get("/health/ready", { schema: { hide: true } }, async () => {
    try {
      return { status: "ready", position: await headPosition(pool) };
    } catch {
      throw new Problem(503, "unavailable", "The ledger's database does not answer.", { retryAfterSeconds: 1 });
    }
  });
  app.get("/metrics", { schema: { hide: true } }, async (_request, reply) => {
    return reply
      .type(registry.contentType)
      .serializer(String)
      .send(await registry.metrics());
  });
}
