import { ChannelError, type CallContext, type Outbound } from "@lastunit/adapter-contract";
import type { z } from "zod";
import type { AmazonConnection, AmazonSettings } from "./connection.ts";
import { contentOf, noAnswer, noTurn, rateOf, readAnswer, type HttpAnswer } from "./errors.ts";
import { limits, type OperationName } from "./limits.ts";
import { send, type PackageCall } from "./package.ts";
import { applicationToken, sellerToken } from "./token.ts";

export type AmazonRequest<T> = PackageCall & {
  /** Also the name of its rate limit's bucket. */
  readonly name: OperationName;
  readonly answer: z.ZodType<T>;
  /** Of the operation, whatever the call's own is. */
  readonly urgency?: "background";
  readonly brake?: Brake;
};

/** Shared by requests sent side by side: once one was throttled, those that wait for their turn are not sent. */
export interface Brake {
  throttled?: ChannelError | undefined;
}

/** The Selling Partner API for one channel. Every method throws `ChannelError` alone. */
export interface AmazonClient {
  readonly settings: AmazonSettings;
  /** For documents, which are kept apart from the API. */
  readonly outbound: Outbound;
  /** As the seller. A token that Amazon refuses is renewed once, also when another process is the one that renews it. */
  asSeller<T>(request: AmazonRequest<T>, call: CallContext): Promise<T>;
  /** As the app, for destinations: they belong to it, not to a seller. */
  asApplication<T>(request: AmazonRequest<T>, call: CallContext): Promise<T>;
}

export function createClient(connection: AmazonConnection): AmazonClient {
  const { settings, pacer, outbound } = connection;

  async function sendOnce(request: AmazonRequest<unknown>, accessToken: string, signal: AbortSignal) {
    const credentials = await connection.credentials.read();
    const agent = outbound.agent("amazon");
    const started = performance.now();
    const answer = await send(request, { credentials, settings, accessToken, agent, signal });
    connection.log.trace(
      { operation: request.name, status: answer.status, ms: performance.now() - started },
      "called channel",
    );
    return answer;
  }

  function observe(name: OperationName, { headers }: HttpAnswer, throttled: ChannelError | undefined): void {
    const perSecond = rateOf(headers);
    const seen = {
      ...(perSecond !== undefined && { perSecond }),
      ...(throttled && { remaining: 0, refillsAt: Date.now() + (throttled.retryAfterMs ?? 0) }),
    };
    if (Object.keys(seen).length > 0) pacer.observe(name, seen);
  }

  /** The token is looked for when the request's turn has come: a call that never gets it costs nothing. */
  async function paced(request: AmazonRequest<unknown>, tokenOf: () => Promise<string>, call: CallContext) {
    const { signal } = call;
    const { name, brake } = request;
    let hasTurn = false;
    const work = async () => {
      hasTurn = true;
      if (brake?.throttled) throw brake.throttled;
      const token = await tokenOf();
      const sent = await sendOnce(request, token, signal);
      const answer = readAnswer(sent, limits[name].perSecond);
      const throttled = answer.refusal?.failure === "rate_limited" ? answer.refusal : undefined;
      observe(name, sent, throttled);
      if (brake) brake.throttled ??= throttled;
      if (throttled) throw throttled;
      return { token, answer };
    };
    try {
      return await pacer.spend(name, work, { signal, urgency: request.urgency ?? call.urgency ?? "prompt" });
    } catch (error) {
      throw hasTurn || error instanceof ChannelError ? noAnswer(error, signal) : noTurn(signal);
    }
  }

  return {
    settings,
    outbound,
    async asSeller(request, call) {
      const first = await paced(request, () => sellerToken(connection, call.signal), call);
      if (!first.answer.isTokenRefused) return contentOf(first.answer, request.answer);
      const { answer } = await paced(request, () => sellerToken(connection, call.signal, first.token), call);
      return contentOf(answer, request.answer);
    },
    async asApplication(request, call) {
      const { answer } = await paced(request, () => applicationToken(connection, call.signal), call);
      return contentOf(answer, request.answer);
    },
  };
}
