/**
 * Why a call to a channel failed as a whole. The worker alone decides what follows from it:
 *
 * - `rate_limited`: the channel asked us to wait; pause the queue, spend no attempt.
 * - `unavailable`: 5xx, HTML, cut JSON, timeout, reset. Whether the call took effect is unknown,
 *   so only absolute writes may be repeated.
 * - `unauthorized`: the credentials were refused, also after one refresh.
 * - `rejected`: the request itself is wrong and will be wrong again.
 */
export type ChannelFailure = "rate_limited" | "unavailable" | "unauthorized" | "rejected";

export interface ChannelErrorDetail {
  /** The channel's own code where it gives one, else a short code of ours such as `timeout`. */
  readonly code: string;
  /** For `rate_limited`: how long the channel asked us to wait, in milliseconds; undefined when it did not say. */
  readonly retryAfterMs?: number | undefined;
  readonly httpStatus?: number | undefined;
}

/**
 * The only error an adapter lets out. It never carries the client's original error: axios and
 * fetch errors hold request headers, and with them the merchant's token.
 */
export class ChannelError extends Error {
  override readonly name = "ChannelError";
  readonly failure: ChannelFailure;
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  readonly httpStatus: number | undefined;

  constructor(failure: ChannelFailure, message: string, detail: ChannelErrorDetail) {
    super(message);
    this.failure = failure;
    this.code = detail.code;
    this.retryAfterMs = detail.retryAfterMs;
    this.httpStatus = detail.httpStatus;
  }
}

/** A call that is not made, because the channel takes none for that long. */
export function outOfCalls(retryAfterMs: number): ChannelError {
  const message = `The channel takes no calls for ${Math.ceil(retryAfterMs / 1_000)} s.`;
  return new ChannelError("rate_limited", message, { code: "out_of_calls", retryAfterMs });
}

/**
 * Why an inbound request was not accepted; the gateway answers with `status`, counts it and stores nothing.
 * `unauthorized` 401 (missing, forged or stale signature), `malformed` 400.
 */
export class WebhookError extends Error {
  override readonly name = "WebhookError";
  readonly reason: "unauthorized" | "malformed";

  constructor(reason: "unauthorized" | "malformed", message: string) {
    super(message);
    this.reason = reason;
  }
}
