import { messageOf, type Logger } from "@lastunit/config";
import { createClosings } from "./closings.ts";
import { createLocalBucket } from "./local-bucket.ts";
import type { PaceConnection } from "./pace-connection.ts";
import type { PaceLimit } from "./pace-settings.ts";
import { createPacedBucket, type OutOfCalls, type PacedBucket } from "./paced-bucket.ts";
import { createPacer, type Pacer } from "./pacer.ts";
import { createSharedBucket } from "./shared-bucket.ts";

/** The pacers of a process. Those of one channel share its limits, and their calls wait in the same lines. */
export interface Pacers {
  /**
   * Opens a pacer of a channel, which finds the channel's buckets as the last one left them.
   *
   * @param limits of the channel's kind; those of buckets that are known already stay as they are.
   */
  open(channelId: string, limits: { readonly [bucket: string]: PaceLimit }, outOfCalls: OutOfCalls): Pacer;
  close(): Promise<void>;
}

/** What the pacers of a channel share. */
interface ChannelPace {
  readonly buckets: ReadonlyMap<string, PacedBucket>;
  /** How many are open. */
  pacers: number;
}

export function createPacers(options: {
  /** Shared between processes when given; else the limits hold within this process. */
  readonly connection: PaceConnection | undefined;
  readonly log: Logger;
}): Pacers {
  const { connection, log } = options;
  const closings = connection && createClosings(connection.client);
  const paces = new Map<string, ChannelPace>();

  function paceOf(channelId: string, limits: { readonly [bucket: string]: PaceLimit }): ChannelPace {
    const known = paces.get(channelId);
    if (known) return known;
    const warn = (error: unknown) =>
      log.warn({ channel: channelId, error: messageOf(error) }, "the pacer's shared state failed");
    const buckets = Object.entries(limits).map(([name, limit]) => {
      const id = `lastunit:pace:${channelId}:${name}`;
      const bucket = connection
        ? createSharedBucket({ id, limit, connection: connection.limiters, warn })
        : createLocalBucket(limit);
      return [name, createPacedBucket({ id, limit, bucket, closings, warn })] as const;
    });
    const made: ChannelPace = { buckets: new Map(buckets), pacers: 0 };
    paces.set(channelId, made);
    return made;
  }

  /** A bucket that nobody uses is kept until it is full: opened anew it would give its whole burst again. */
  async function forgetIdle(): Promise<void> {
    const idle = [...paces].filter(
      ([, { pacers, buckets }]) => pacers === 0 && [...buckets.values()].every((bucket) => bucket.isForgettable),
    );
    await forget(idle);
  }

  async function forget(some: readonly (readonly [string, ChannelPace])[]): Promise<void> {
    for (const [channelId] of some) paces.delete(channelId);
    const buckets = some.flatMap(([, pace]) => [...pace.buckets.values()]);
    await Promise.all(buckets.map((bucket) => bucket.close()));
  }

  return {
    open(channelId, limits, outOfCalls) {
      const pace = paceOf(channelId, limits);
      pace.pacers += 1;
      const leave = async () => {
        pace.pacers -= 1;
        await forgetIdle();
      };
      return createPacer({ buckets: pace.buckets, outOfCalls, leave });
    },
    close: () => forget([...paces]),
  };
}
