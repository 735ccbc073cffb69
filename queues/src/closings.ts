import type { Redis } from "ioredis";

/** Tells every process that shares a Redis for how long a channel's bucket takes no calls. */
export interface Closings {
  tell(bucket: string, closedMs: number): Promise<void>;
  /** For how long it takes none; 0: it takes calls, or Redis is away. */
  leftMs(bucket: string): Promise<number>;
}

/** Time is Redis's own: clocks of processes differ. What is closed for longer stays so. */
const TELL =
  "if redis.call('pttl', KEYS[1]) < tonumber(ARGV[1]) then redis.call('set', KEYS[1], '', 'px', ARGV[1]) end";

export function createClosings(redis: Redis): Closings {
  const keyOf = (bucket: string) => `${bucket}:closed`;
  // Commands wait for Redis to come back: what is told would be old by then, and a call that has room need not wait.
  const isAway = () => redis.status !== "ready";
  return {
    async tell(bucket, closedMs) {
      if (isAway() || closedMs <= 0) return;
      await redis.eval(TELL, 1, keyOf(bucket), Math.ceil(closedMs));
    },
    async leftMs(bucket) {
      return isAway() ? 0 : Math.max(await redis.pttl(keyOf(bucket)), 0);
    },
  };
}
