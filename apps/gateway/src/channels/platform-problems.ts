import { ChannelError } from "@lastunit/adapter-contract";
import { Problem } from "@lastunit/config/http";

const RETRY_AFTER_SECONDS = 5;

/** When to try again, as the platform said or as is usual. */
export function retryAfterSeconds({ retryAfterMs }: ChannelError): number {
  return retryAfterMs === undefined ? RETRY_AFTER_SECONDS : Math.ceil(retryAfterMs / 1_000);
}

/** The platform's "no" becomes ours; that it does not answer is not one. */
export async function refusing<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    if (error.failure === "unauthorized" || error.failure === "rejected") throw notConnected([error.message]);
    const detail = `The platform does not answer as it should (${error.message}).`;
    throw new Problem(503, "platform_unavailable", detail, { retryAfterSeconds: retryAfterSeconds(error) });
  }
}

export function notConnected(problems: readonly string[]): Problem {
  return new Problem(422, "not_connected", "The platform did not accept this connection.", { extra: { problems } });
}
