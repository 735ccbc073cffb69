import { setTimeout as delay } from "node:timers/promises";
import { Problem, type HttpServer } from "@lastunit/config/http";
import { collectDefaultMetrics, Registry } from "prom-client";
import { headPosition } from "../read/events.ts";
import type { Parts } from "./parts.ts";

/** Whoever asks (a load balancer, docker) waits only a few seconds itself. */
const READY_WITHIN_MS = 2_000;

/** Health and metrics; no token. */
export function healthRoutes(app: HttpServer, { pool }: Parts): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

  app.get("/health/live", { schema: { hide: true } }, () => ({ status: "live" }));
  app.get("/health/ready", { schema: { hide: true } }, async () => {
    const late = delay(READY_WITHIN_MS, undefined, { ref: false });
    const position = await Promise.race([headPosition(pool), late]).catch(() => undefined);
    if (position !== undefined) return { status: "ready", position };
    throw new Problem(503, "unavailable", "The ledger's database does not answer.", { retryAfterSeconds: 1 });
  });
  app.get("/metrics", { schema: { hide: true } }, async (_request, reply) => {
    return reply
      .type(registry.contentType)
      .serializer(String)
      .send(await registry.metrics());
  });
}
