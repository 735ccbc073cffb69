import cookie from "@fastify/cookie";
import { channelKinds } from "@lastunit/adapter-contract";
import { loop } from "@lastunit/config";
import { createHttpServer, type HttpServer } from "@lastunit/config/http";
import { collectDefaultMetrics, Registry } from "prom-client";
import { createCallers } from "./access/callers.ts";
import { loginRoutes } from "./access/login-routes.ts";
import { protect } from "./access/protect.ts";
import { createSessions } from "./access/session.ts";
import { tokenRoute } from "./access/token-route.ts";
import { createImports } from "./channels/imports.ts";
import { channelRoutes } from "./channels/routes.ts";
import { consolePages } from "./console-pages.ts";
import { bullBoard } from "./ops/bull-board.ts";
import { oversellRoutes } from "./oversells/routes.ts";
import type { GatewayOptions, GatewayParts } from "./options.ts";
import { translate } from "./translate.ts";
import { createWebhookCounter } from "./webhooks/counter.ts";
import { webhookRoutes } from "./webhooks/routes.ts";

/** A running gateway. */
export interface Gateway {
  /** Where it listens. */
  readonly url: string;
  stop(): Promise<void>;
}

/** How soon an import goes on that was stopped here or elsewhere. */
const RESUME_EVERY_MS = 2_000;
/** So many of them go on at once: one of a large catalog, for an hour, keeps no other merchant's waiting. */
const RESUMED_AT_ONCE = 4;
const BODY_LIMIT_BYTES = 1024 * 1024;

/** Starts the public edge: webhooks in, the merchants' API, the console and Bull Board. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { log, ledger, publicUrl } = options;
  let listening = "";
  const isSecure = publicUrl?.startsWith("https:") ?? false;
  const parts: GatewayParts = { ...options, isSecure, url: () => publicUrl ?? listening };
  const sessions = createSessions({ isSecure, secret: options.sessionSecret });
  const callers = createCallers(ledger, sessions);
  const imports = createImports(parts);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counter = createWebhookCounter(registry, channelKinds);
  const app = createHttpServer({ title: "Lastunit gateway", log, bodyLimitBytes: BODY_LIMIT_BYTES, translate });

  protect(app, () => parts.url());
  void app.register(cookie);
  app.after(() => {
    webhookRoutes(app, parts, counter);
    loginRoutes(app, callers, sessions);
    tokenRoute(app, callers);
    channelRoutes(app, parts, callers, imports);
    oversellRoutes(app, parts, callers);
    consolePages(app, options.consoleDirectory, callers);
    bullBoard(app, parts, callers);
    healthRoutes(app, parts, registry);
  });
  listening = await app.listen({ host: options.host, port: options.port });
  const ending = new AbortController();
  const resume = { name: "resume imports", everyMs: RESUME_EVERY_MS, run: () => imports.resume() };
  const resuming = Array.from({ length: RESUMED_AT_ONCE }, () => loop(resume, log, ending.signal));
  log.info({ url: parts.url() }, "gateway is up");
  return {
    url: listening,
    async stop() {
      ending.abort();
      imports.stop();
      await Promise.all([app.close(), ...resuming]);
    },
  };
}

/** For whoever watches the process; no token. */
function healthRoutes(app: HttpServer, { store }: GatewayParts, registry: Registry): void {
  app.get("/health/live", { schema: { hide: true } }, () => ({ status: "live" }));
  app.get("/health/ready", { schema: { hide: true } }, async () => {
    await store.query("select 1");
    return { status: "ready" };
  });
  app.get("/metrics", { schema: { hide: true } }, async (_request, reply) =>
    reply
      .type(registry.contentType)
      .serializer(String)
      .send(await registry.metrics()),
  );
}
