/** The documented limit of one bucket. */
export interface PaceLimit {
  readonly perSecond: number;
  /** Calls (or cost points) that may be spent at once. */
  readonly burst: number;
}

export type PaceLimits = { readonly [bucket: string]: PaceLimit };

/**
 * Keeps a channel's calls ahead of its limits. One per channel, shared by all its sessions (across processes when
 * there is a Redis). The policy is the queues package's; an adapter only says which bucket a call spends and what
 * the channel answered about it.
 */
export interface Pacer {
  /**
   * Runs `work` when the bucket has room for `cost` (default 1).
   *
   * @throws the signal's reason when aborted while waiting; a `ChannelError`, `rate_limited`, without running it when the
   *   channel takes no call for longer than one can wait.
   */
  spend<T>(
    bucket: string,
    work: () => Promise<T>,
    options?: {
      readonly cost?: number;
      /** `background` waits behind everything else: imports and read-backs must never starve a push. Default `prompt`. */
      readonly urgency?: "prompt" | "background";
      readonly signal?: AbortSignal;
    },
  ): Promise<T>;
  /**
   * Takes over what the channel's last answer said of its bucket. `refillsAt`: when it says the next calls come back,
   * epoch milliseconds; with nothing remaining, none is made before. `refunded`: units of cost it gave back, because a
   * call turned out to cost less.
   */
  observe(
    bucket: string,
    seen: Partial<PaceLimit> & {
      readonly remaining?: number;
      readonly refillsAt?: number;
      readonly refunded?: number;
    },
  ): void;
}
