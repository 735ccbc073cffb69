import type { Logger } from "@lastunit/config";
import Bottleneck from "bottleneck";
import { Redis } from "ioredis";

/** To Redis, one for all channels' pacers. */
export interface PaceConnection {
  readonly client: Redis;
  /** The same, and one more that listens, as bottleneck wants them. */
  readonly limiters: Bottleneck.IORedisConnection;
}

export function openPaceConnection(redisUrl: string, log: Logger): PaceConnection {
  const client = new PaceRedis(redisUrl, { retryStrategy: (attempt) => Math.min(250 * 2 ** attempt, 5_000) });
  const limiters = new Bottleneck.IORedisConnection({ client, Redis });
  limiters.on("error", (error: Error) => log.warn({ error: error.message }, "the pacer's Redis connection failed"));
  return { client, limiters };
}

/**
 * Gives bottleneck the errors of its scripts as it wrote them. It begins anew when Redis was wiped and joins again after
 * a long silence, and knows both by the exact words `SETTINGS_KEY_NOT_FOUND` and `UNKNOWN_CLIENT`; since version 7
 * Redis puts `ERR ` before a script's error that has no code, and every call of the channel would wait for ever.
 */
class PaceRedis extends Redis {
  override sendCommand(...[command, stream]: Parameters<Redis["sendCommand"]>): unknown {
    const { reject } = command;
    command.reject = (error) => {
      error.message = error.message.replace(/^ERR (?=SETTINGS_KEY_NOT_FOUND$|UNKNOWN_CLIENT$)/, "");
      reject.call(command, error);
    };
    return super.sendCommand(command, stream);
  }
}
