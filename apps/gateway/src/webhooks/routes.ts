import { channelKinds, WebhookError, type RawRequest, type WebhookChannel } from "@lastunit/adapter-contract";
import { Problem, type HttpServer } from "@lastunit/config/http";
import { findChannel, storeDelivery, type Channel } from "@lastunit/store";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { credentialsOf } from "../channels/credentials.ts";
import type { GatewayParts } from "../options.ts";
import type { WebhookCounter } from "./counter.ts";

/** The largest order notifications are a few hundred kilobytes. */
const BODY_LIMIT_BYTES = 2 * 1024 * 1024;

const channelKind = z.enum(channelKinds);
const params = z.object({ kind: z.string(), channel_id: z.string() });

/** Where a channel's events are to be sent. */
export function webhookUrl(base: string, channel: Pick<Channel, "kind" | "channelId">): string {
  return `${base}/webhooks/${channel.kind}/${channel.channelId}`;
}

/**
 * The public door for channels: verify over the raw bytes, store in the inbox, answer 200; everything else is the
 * worker's. Anything that is not genuine is counted and leaves no trace.
 */
export function webhookRoutes(app: HttpServer, parts: GatewayParts, counter: WebhookCounter): void {
  void app.register(async (scope: FastifyInstance) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: BODY_LIMIT_BYTES }, (_request, body, done) => {
      done(null, body);
    });
    scope.addHook("onError", async (request, _reply, error) => counter.refused(kindOf(request), error));

    scope.get("/webhooks/:kind/:channel_id", { schema: { hide: true } }, async (request, reply) => {
      const { channel, receiver } = await addressee(request, parts);
      const answer = await receiver.handshake?.(rawRequest(request), webhookChannel(channel, parts));
      if (!answer) throw new Problem(404, "not_found", "This channel's webhooks take POST.");
      return reply.code(answer.status).type("application/json").serializer(String).send(answer.body);
    });

    scope.post(
      "/webhooks/:kind/:channel_id",
      { schema: { hide: true }, bodyLimit: BODY_LIMIT_BYTES },
      async (request) => {
        const { channel, receiver } = await addressee(request, parts);
        const raw = rawRequest(request);
        const { deliveryId, topic } = await verified(() =>
          receiver.verify(raw, webhookChannel(channel, parts), Date.now()),
        );
        const { inboxId, duplicate } = await storeDelivery(parts.store, channel.channelId, {
          deliveryId,
          topic,
          headers: kept(raw.headers),
          body: raw.body,
        });
        counter.accepted(channel.kind, duplicate);
        if (!duplicate) {
          // Stored is what counts: if the queue is away, the hub's sweep finds the delivery in the inbox.
          parts.queues.enqueueInbound([inboxId]).catch((error: unknown) => {
            parts.log.warn({ err: error, inboxId }, "a delivery waits for the sweep");
          });
        }
        return { status: duplicate ? "duplicate" : "stored" };
      },
    );
  });
}

async function addressee(request: FastifyRequest, parts: GatewayParts) {
  const { kind, channel_id: channelId } = params.parse(request.params);
  const channel = z.uuid().safeParse(channelId).success ? await findChannel(parts.store, channelId) : undefined;
  const known = channelKind.safeParse(kind).data;
  const receiver = known !== undefined && channel?.kind === known ? parts.adapters[known].webhooks : undefined;
  if (!channel || !receiver) throw new Problem(404, "unknown_channel", "There is no such channel.");
  return { channel, receiver };
}

function webhookChannel(channel: Channel, parts: GatewayParts): WebhookChannel<unknown, unknown> {
  return {
    channelId: channel.channelId,
    settings: channel.settings,
    credentials: credentialsOf(parts, channel),
    url: webhookUrl(parts.url(), channel),
    outbound: parts.outbound,
  };
}

function rawRequest(request: FastifyRequest): RawRequest {
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

async function verified<T>(verify: () => Promise<T>): Promise<T> {
  try {
    return await verify();
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error;
    throw new Problem(error.reason === "unauthorized" ? 401 : 400, error.reason, error.message);
  }
}

/** What the adapter may need later; cookies and credentials of whoever stands between are not our business. */
function kept(headers: RawRequest["headers"]): Record<string, string> {
  const dropped = new Set(["authorization", "cookie", "proxy-authorization"]);
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined || dropped.has(name) ? [] : [[name, value]],
  );
  return Object.fromEntries(entries);
}

function kindOf(request: FastifyRequest): string {
  return params.safeParse(request.params).data?.kind ?? "unknown";
}
