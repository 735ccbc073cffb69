import { Redis } from "ioredis";
import type { Baseline } from "./baseline.ts";

/** Where Redis keeps a SKU's available units. */
export function redisKey(sku: string): string {
  return `stock:${sku}`;
}

const TAKE = `
  local left = tonumber(redis.call('get', KEYS[1]) or '0')
  local quantity = tonumber(ARGV[2])
  if left < quantity then return 0 end
  redis.call('decrby', KEYS[1], quantity)
  redis.call('xadd', KEYS[2], '*', 'id', ARGV[1], 'quantity', quantity, 'available', left - quantity)
  return 1`;

/** A script in Redis that takes the unit and adds the event to a stream. Acknowledged before it is on disk: for scale. */
export async function redisLua(redisUrl: string): Promise<Baseline> {
  const redis = new Redis(redisUrl, { enableAutoPipelining: true });
  const script = String(await redis.script("LOAD", TAKE));
  return {
    async reserve({ id, sku, quantity }) {
      return (await redis.evalsha(script, 2, redisKey(sku), "events", id, quantity)) === 1;
    },
  };
}
