import { setTimeout as sleep } from "node:timers/promises";
import type { Pacer, PaceLimits } from "../../pacing.ts";

/** The simplest pacer that keeps limits: calls of a bucket take turns and wait until it has room and is open again. */
export function toyPacer(limits: PaceLimits): Pacer {
  const turns = new Map<string, Promise<void>>();
  const rooms = new Map(
    Object.entries(limits).map(([name, { burst }]) => [name, { tokens: burst, at: Date.now(), closedUntil: 0 }]),
  );

  async function waitForRoom(name: string): Promise<void> {
    const limit = limits[name];
    const room = rooms.get(name);
    if (!limit || !room) return;
    for (;;) {
      const at = Date.now();
      room.tokens = Math.min(limit.burst, room.tokens + ((at - room.at) / 1_000) * limit.perSecond);
      room.at = at;
      if (room.tokens >= 1 && at >= room.closedUntil) break;
      await sleep(Math.max(((1 - room.tokens) / limit.perSecond) * 1_000 + 5, room.closedUntil - at));
    }
    room.tokens -= 1;
  }

  return {
    async spend(name, work) {
      const turn = (turns.get(name) ?? Promise.resolve()).then(() => waitForRoom(name));
      turns.set(name, turn);
      await turn;
      return await work();
    },
    observe(name, { remaining, refillsAt }) {
      const room = rooms.get(name);
      if (room && remaining === 0 && refillsAt !== undefined) room.closedUntil = refillsAt;
    },
  };
}
