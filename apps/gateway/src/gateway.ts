import cookie from "@fastify/cookie";
import fastifyStatic from "@fastify/static";
import { ChannelError, channelKinds } from "@lastunit/adapter-contract";
import { createHttpServer, Problem, type HttpServer } from "@lastunit/config/http";
import { isDatabaseAway } from "@lastunit/config/postgres";
import { LedgerError } from "@lastunit/ledger/client";
import { collectDefaultMetrics, Registry } from "prom-client";
import { createCallers } from "./access/callers.ts";
import { loginRoutes } from "./access/login-routes.ts";
import { readSession } from "./access/session.ts";
import { channelRoutes } from "./channels/routes.ts";
import { bullBoard } from "./ops/bull-board.ts";
import type { GatewayOptions, GatewayParts } from "./options.ts";
import { createWebhookCounter } from "./webhooks/counter.ts";
import { webhookRoutes } from "./webhooks/routes.ts";

/** A running gateway. */
export interface Gateway {
  /** Where it listens. */
  readonly url: string;
  stop(): Promise<void>;
}

const BODY_LIMIT_BYTES = 1024 * 1024;

/** Starts the public edge: webhooks in, the merchants' API, the console and Bull Board. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { log, store } = options;
  let listening = "";
  const parts: GatewayParts = { ...options, url: () => options.publicUrl ?? listening };
  const callers = createCallers(options.ledger);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counter = createWebhookCounter(registry, channelKinds);
  const app = createHttpServer({ title: "Lastunit gateway", log, bodyLimitBytes: BODY_LIMIT_BYTES, translate });
  let stopRefreshing: () => void = () => undefined;

  void app.register(cookie, { secret: options.sessionSecret });
  app.after(() => {
    webhookRoutes(app, parts, counter);
    loginRoutes(app, parts, callers);
    channelRoutes(app, parts, callers);
    consolePages(app, options.consoleDirectory);
    stopRefreshing = bullBoard(app, parts, callers);

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
  });
  listening = await app.listen({ host: options.host, port: options.port });
  log.info({ url: parts.url() }, "gateway is up");

  return {
    url: listening,
    async stop() {
      stopRefreshing();
      await app.close();
    },
  };
}

/** The console's page for whoever is logged in; its style and script hold no data and are anyone's. */
function consolePages(app: HttpServer, directory: string): void {
  void app.register(fastifyStatic, { root: directory, index: false });
  app.get("/", { schema: { hide: true } }, (request, reply) => {
    if (!readSession(request)) return reply.redirect("/login?next=/", 303);
    return reply
      .header(
        "content-security-policy",
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
      )
      .header("cache-control", "no-store")
      .sendFile("index.html");
  });
}

/** What is away behind us becomes a 503, so that senders retry. */
function translate(error: unknown): Problem | undefined {
  if (error instanceof LedgerError && error.isRetryable) {
    return new Problem(503, "unavailable", "The ledger does not answer.", { retryAfterSeconds: 1 });
  }
  // A signature that needs the platform's key can't be checked while the platform is away.
  if (error instanceof ChannelError) {
    return new Problem(503, "unavailable", "The platform does not answer.", { retryAfterSeconds: 5 });
  }
  if (isDatabaseAway(error)) {
    return new Problem(503, "unavailable", "The database does not answer.", { retryAfterSeconds: 1 });
  }
  return undefined;
}
