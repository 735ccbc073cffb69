import type { SimulatedLimit } from "../simulator.ts";
import { createBucket, createDailyBucket, type Bucket, type BucketLimit } from "./bucket.ts";

/** The rate limits of a simulator's accounts; each is made full when it is first asked for. */
export interface Limits {
  /** One that refills steadily. */
  bucket(account: string, name: string, limit: BucketLimit): Bucket;
  /** So many calls a day, counted anew from midnight UTC. */
  daily(account: string, name: string, calls: number): Bucket;
  list(account: string): readonly SimulatedLimit[];
}

interface Counted {
  readonly bucket: Bucket;
  spent: number;
  refused: number;
}

/** @param scale multiplies every limit; 1 is the channel's real number. @param now epoch milliseconds. */
export function createLimits(scale: number, now: () => number = Date.now): Limits {
  const byAccount = new Map<string, Map<string, Counted>>();

  function find(account: string, name: string, make: () => Bucket): Bucket {
    const ofAccount = byAccount.get(account) ?? new Map<string, Counted>();
    byAccount.set(account, ofAccount);
    const known = ofAccount.get(name) ?? counted(make());
    ofAccount.set(name, known);
    return known.bucket;
  }

  return {
    bucket: (account, name, limit) => find(account, name, () => createBucket(limit, scale, now)),
    daily: (account, name, calls) => find(account, name, () => createDailyBucket(calls, scale, now)),
    list: (account) =>
      [...(byAccount.get(account) ?? [])].map(([name, { bucket, spent, refused }]) => ({
        name,
        ...bucket.limit,
        spent,
        refused,
      })),
  };
}

function counted(bucket: Bucket): Counted {
  const count: Counted = {
    spent: 0,
    refused: 0,
    bucket: {
      ...bucket,
      take(cost = 1) {
        const taken = bucket.take(cost);
        if (taken) count.spent += cost;
        else count.refused += 1;
        return taken;
      },
      give(cost) {
        bucket.give(cost);
        count.spent -= cost;
      },
    },
  };
  return count;
}
