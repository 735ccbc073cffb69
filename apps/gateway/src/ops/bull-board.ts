import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { FastifyAdapter } from "@bull-board/fastify";
import { Problem, type HttpServer } from "@lastunit/config/http";
import { INBOUND_QUEUE, POLL_QUEUE, pushQueueName } from "@lastunit/queues";
import { listChannels, type Channel } from "@lastunit/store";
import type { FastifyInstance } from "fastify";
import type { Caller, Callers } from "../access/callers.ts";
import type { GatewayParts } from "../options.ts";
import { translate } from "../translate.ts";

const BASE_PATH = "/ops/queues";
/** The board's page asks for a web font from elsewhere: refused, its fallback is fine. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

/** Bull Board at `/ops/queues`, for operators. */
export function bullBoard(app: HttpServer, parts: GatewayParts, callers: Callers): void {
  const serverAdapter = new FastifyAdapter();
  serverAdapter.setBasePath(BASE_PATH);
  const board = createBullBoard({ queues: [], serverAdapter, options: { uiConfig: { hideRedisDetails: true } } });
  // The board's own handler shows stack traces.
  serverAdapter.setErrorHandler((error) => {
    parts.log.warn({ err: error }, "the queues' board could not answer");
    return {
      status: 500,
      body: { error: translate(error)?.message ?? "Something went wrong here; the log tells what." },
    };
  });
  const showQueues = createQueueList(parts, board);

  void app.register(async (scope: FastifyInstance) => {
    scope.addHook("onRequest", async (request, reply) => {
      try {
        const who = await callers.find(request);
        if (!who && request.headers.accept?.includes("text/html")) {
          return reply.redirect(`/login?next=${encodeURIComponent(BASE_PATH)}`, 303);
        }
        requireOperator(who);
        await showQueues();
        void reply.header("content-security-policy", CONTENT_SECURITY_POLICY);
        return undefined;
      } catch (error) {
        // Not thrown: the board's routes have an error handler of their own.
        app.errorHandler(error, request, reply);
        return reply;
      }
    });
    await scope.register(serverAdapter.registerPlugin(), { prefix: BASE_PATH });
  });
}

/** @throws {Problem} 401, 403 */
function requireOperator(who: Caller | undefined): void {
  if (!who) throw new Problem(401, "unauthorized", "Log in first.");
  if ("operator" in who) return;
  throw new Problem(403, "forbidden", "The queues hold all merchants' jobs: operators only.");
}

/** Channels come and go: each time the board is asked, it is given the queues there are. */
function createQueueList(parts: GatewayParts, board: ReturnType<typeof createBullBoard>): () => Promise<void> {
  const shown = new Map<string, BullMQAdapter>();
  return async () => {
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
  };
}

/** Queue names hold the channel's id; people know it by its key. */
function describe(name: string, channels: readonly Channel[]): string {
  const channel = channels.find((one) => pushQueueName(one.channelId) === name);
  return channel ? `${channel.merchantId} · ${channel.channelKey}` : "";
}
