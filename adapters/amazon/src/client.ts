import type { CallContext } from "@lastunit/adapter-contract";
import type { z } from "zod";
import type { AmazonConnection, AmazonSettings } from "./connection.ts";
import { isTokenRefused, noAnswer, rateOf, readAnswer, type HttpAnswer } from "./errors.ts";
import { limits, type OperationName } from "./limits.ts";
import { send, type PackageCall } from "./package.ts";
import { applicationToken, sellerToken } from "./token.ts";

export type AmazonRequest<T> = PackageCall & {
  /** Also the name of its rate limit's bucket. */
  readonly name: OperationName;
  readonly answer: z.ZodType<T>;
};

/** The Selling Partner API for one channel. Every method throws `ChannelError` alone. */
export interface AmazonClient {
  readonly settings: AmazonSettings;
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
    observe(request.name, answer);
    return answer;
  }

  function observe(name: OperationName, { status, headers }: HttpAnswer): void {
    const perSecond = rateOf(headers);
    const seen = { ...(perSecond !== undefined && { perSecond }), ...(status === 429 && { remaining: 0 }) };
    if (Object.keys(seen).length > 0) pacer.observe(name, seen);
  }

  async function paced(request: AmazonRequest<unknown>, token: string, signal: AbortSignal): Promise<HttpAnswer> {
    try {
      return await pacer.spend(request.name, () => sendOnce(request, token, signal), { signal });
    } catch (error) {
      throw noAnswer(error, signal);
    }
  }

  const read = <T>(answer: HttpAnswer, request: AmazonRequest<T>): T =>
    readAnswer(answer, request.answer, limits[request.name].perSecond);

  return {
    settings,
    async asSeller(request, { signal }) {
      const token = await sellerToken(connection, signal);
      const answer = await paced(request, token, signal);
      if (!isTokenRefused(answer)) return read(answer, request);
      const renewed = await sellerToken(connection, signal, token);
      return read(await paced(request, renewed, signal), request);
    },
    async asApplication(request, { signal }) {
      const token = await applicationToken(connection, signal);
      return read(await paced(request, token, signal), request);
    },
  };
}
