import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { FastifyAdapter } from "@bull-board/fastify";
import { Problem, type HttpServer } from "@lastunit/config/http";
import { INBOUND_QUEUE, POLL_QUEUE, pushQueueName } from "@lastunit/queues";
import { listChannels, type Channel } from "@lastunit/store";
import type { FastifyInstance } from "fastify";
import type { Callers } from "../access/callers.ts";
import { refuseForeign } from "../access/login-routes.ts";
import type { GatewayParts } from "../options.ts";

const BASE_PATH = "/ops/queues";
/** The board's page asks for a web font from elsewhere: refused, its fallback is fine. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";
/** Channels come and go; the board shows the queues there are. */
const REFRESH_MS = 2_000;

/** Bull Board at `/ops/queues`, for operators who are logged in. Returns how to stop its refreshing. */
export function bullBoard(app: HttpServer, parts: GatewayParts, callers: Callers): () => void {
  const serverAdapter = new FastifyAdapter();
  serverAdapter.setBasePath(BASE_PATH);
  const board = createBullBoard({ queues: [], serverAdapter, options: { uiConfig: { hideRedisDetails: true } } });
  const shown = new Map<string, BullMQAdapter>();

  async function refresh(): Promise<void> {
    const channels = await listChannels(parts.store);
    const pushing = channels.filter((channel) => channel.pushesInventory);
    const names = new Set([INBOUND_QUEUE, POLL_QUEUE, ...pushing.map((channel) => pushQueueName(channel.channelId))]);
    for (const name of names) {
      if (shown.has(name)) continue;
      const adapter = new BullMQAdapter(parts.queues.queue(name), { description: describe(name, channels) });
      shown.set(name, adapter);
      board.addQueue(adapter);
    }
    for (const [name, adapter] of shown) {
      if (names.has(name)) continue;
      board.removeQueue(adapter);
      shown.delete(name);
    }
  }
  const refreshing = setInterval(() => {
    refresh().catch((error: unknown) => parts.log.warn({ err: error }, "the queues' board could not be refreshed"));
  }, REFRESH_MS).unref();

  void app.register(async (scope: FastifyInstance) => {
    scope.addHook("onRequest", async (request, reply) => {
      const who = await callers.caller(request).catch(() => undefined);
      if (!who && request.headers.accept?.includes("text/html")) {
        return reply.redirect(`/login?next=${encodeURIComponent(BASE_PATH)}`, 303);
      }
      if (!who) throw new Problem(401, "unauthorized", "Log in first.");
      if (!("operator" in who))
        throw new Problem(403, "forbidden", "The queues hold all merchants' jobs: operators only.");
      if (request.method !== "GET" && request.method !== "HEAD") refuseForeign(request.headers["sec-fetch-site"]);
      void reply.header("content-security-policy", CONTENT_SECURITY_POLICY);
    });
    await scope.register(serverAdapter.registerPlugin(), { prefix: BASE_PATH });
  });
  return () => clearInterval(refreshing);
}

/** Queue names hold the channel's id; people know it by its key. */
function describe(name: string, channels: readonly Channel[]): string {
  const channel = channels.find((one) => pushQueueName(one.channelId) === name);
  return channel ? `${channel.merchantId} · ${channel.channelKey}` : "";
}
