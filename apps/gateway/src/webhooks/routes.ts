import { ChannelError, WebhookError } from "@lastunit/adapter-contract";
import { Problem, type HttpServer } from "@lastunit/config/http";
import { StoreError } from "@lastunit/store";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { GatewayParts } from "../options.ts";
import { createAddressees } from "./addressees.ts";
import type { WebhookCounter } from "./counter.ts";
import { createIntake } from "./intake.ts";
import { keptHeaders, rawRequest } from "./raw-request.ts";

/** The largest order notifications are a few hundred kilobytes. */
const BODY_LIMIT_BYTES = 2 * 1024 * 1024;
const RETRY_AFTER_SECONDS = 5;
const PATH = "/webhooks/:kind/:channel_id";

const params = z.object({ kind: z.string(), channel_id: z.string() });

/** The sender's own words, in headers or the body: only so long, and nothing the inbox can't keep. */
const deliveryText = z
  .string()
  .min(1)
  .max(255)
  .refine((text) => text.isWellFormed() && !text.includes("\0"));
const verifiedDelivery = z.object({ deliveryId: deliveryText, topic: deliveryText });

/**
 * The public door for channels: verify over the raw bytes, store in the inbox, answer 200; everything else is the
 * worker's. Anything that is not genuine is counted and leaves no trace.
 */
export function webhookRoutes(app: HttpServer, parts: GatewayParts, counter: WebhookCounter): void {
  const addressees = createAddressees(parts);
  const intake = createIntake(parts);
  void app.register(async (scope: FastifyInstance) => {
    takeBodiesAsBytes(scope);
    scope.addHook("onError", async (request, _reply, error) => counter.refused(kindOf(request), error));

    scope.get(PATH, { schema: { hide: true } }, async (request, reply) => {
      const { kind, channel_id } = params.parse(request.params);
      // A platform challenges us while we subscribe, with a secret that was made a moment ago.
      const { receiver, webhookChannel } = await addressees.findAnew(kind, channel_id);
      const answer = await discreetly(async () => receiver.handshake?.(rawRequest(request), webhookChannel));
      if (!answer) throw new Problem(404, "not_found", "This channel's webhooks take POST.");
      return reply.code(answer.status).type("application/json").serializer(String).send(answer.body);
    });

    scope.post(PATH, { schema: { hide: true }, bodyLimit: BODY_LIMIT_BYTES }, async (request) => {
      const { kind, channel_id } = params.parse(request.params);
      const to = await addressees.find(kind, channel_id);
      const { channel } = to;
      const { headers, body, ...line } = rawRequest(request);
      const delivery = await genuine(() => discreetly(() => addressees.verify(to, { ...line, headers, body })));
      const { channelId } = channel;
      const { duplicate } = await intake.store({ ...delivery, channelId, headers: keptHeaders(headers), body });
      counter.accepted(channel.kind, duplicate);
      return { status: duplicate ? "duplicate" : "stored" };
    });
  });
}

/** A signature covers bytes, whatever they are said to be; a content type Fastify can't read would end in a 415. */
function takeBodiesAsBytes(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: BODY_LIMIT_BYTES }, (_request, body, done) => {
    done(null, body);
  });
  scope.addHook("onRequest", async (request) => {
    delete request.raw.headers["content-type"];
  });
}

/** @throws {Problem} 401 or 400 for a delivery that is not. */
async function genuine(verify: () => Promise<unknown>): Promise<z.infer<typeof verifiedDelivery>> {
  try {
    const verified = verifiedDelivery.safeParse(await verify());
    if (verified.success) return verified.data;
    throw new WebhookError("malformed", "The delivery's id and topic must have 1 to 255 characters.");
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error;
    throw new Problem(error.reason === "unauthorized" ? 401 : 400, error.reason, error.message);
  }
}

/**
 * A signature that needs the platform's key can't be checked while the platform is away, nor one whose secret can't be had. A
 * stranger is told nothing of why; a sender comes again.
 */
async function discreetly<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof ChannelError || error instanceof StoreError)) throw error;
    const detail = "This can't be checked right now: send it again.";
    throw new Problem(503, "unavailable", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
}

function kindOf(request: FastifyRequest): string {
  return params.safeParse(request.params).data?.kind ?? "unknown";
}
