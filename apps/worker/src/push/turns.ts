import { AsyncLocalStorage } from "node:async_hooks";
import type { Pacer as SessionPacer } from "@lastunit/adapter-contract";
import type { Pacer } from "@lastunit/queues";

/** Leave to make one push: what is left of what was spent ahead, by bucket. Of others the push spends what it needs itself. */
export type Turn = Map<string, number>;

/** The turns of a channel's lanes, and what its session paces its calls by. */
export interface PacedTurns {
  readonly pacer: SessionPacer;
  /** One for each lane: its pushes say what its next one will spend, and no other's do. */
  ofLane(): Turns;
}

/**
 * Lets a push wait for its turn before its listings are chosen. What the next push will spend is not declared anywhere:
 * it is learned from what the last ones spent.
 */
export interface Turns {
  /** Whether a push was seen to send a request for each of its listings: then each is better sent with a turn of its own. */
  readonly isEachAlone: boolean;
  /** Whether a push was seen at all. */
  readonly isLearned: boolean;
  /** Waits for the next turn. @throws the signal's reason when aborted. */
  next(signal: AbortSignal): Promise<Turn>;
  /**
   * Makes a push, which spends its turn first.
   *
   * @param begin is called when all waiting is over, right before each call: what it throws keeps the call from being made.
   */
  push<T>(turn: Turn, work: () => Promise<T>, begin: () => void): Promise<T>;
  /** What a turn has left is the next one's. */
  giveBack(turn: Turn): void;
}

/** A push under way. */
interface Push {
  readonly turn: Turn;
  readonly begin: () => void;
  /** The first cost in each bucket, in the order they were last spent in. */
  readonly spent: Map<string, number>;
  underWay: number;
  mostAtOnce: number;
}

/** So many pushes that spent no bucket in common show that the next one's can't be known. */
const REMEMBERED = 8;

export function createPacedTurns(pacer: Pacer): PacedTurns {
  // The adapters' contract knows of no turns: which push a call belongs to is told by where it is made.
  const pushes = new AsyncLocalStorage<Push>();

  async function spendIn<T>(push: Push, ...[bucket, work, options]: Parameters<typeof pacer.spend<T>>): Promise<T> {
    const cost = options?.cost ?? 1;
    note(push, bucket, cost);
    push.underWay += 1;
    push.mostAtOnce = Math.max(push.mostAtOnce, push.underWay);
    try {
      options?.signal?.throwIfAborted();
      const left = push.turn.get(bucket) ?? 0;
      const paid = Math.min(left, cost);
      push.turn.set(bucket, left - paid);
      const begin = () => {
        push.begin();
        return work();
      };
      // Nothing is left to spend of what was paid; it still is no time for calls while the channel takes none.
      return await pacer.spend(bucket, begin, { ...options, cost: cost - paid });
    } finally {
      push.underWay -= 1;
    }
  }

  function note({ spent }: Push, bucket: string, cost: number): void {
    const first = spent.get(bucket) ?? cost;
    spent.delete(bucket);
    spent.set(bucket, first);
  }

  return {
    pacer: {
      spend(bucket, work, options) {
        const push = pushes.getStore();
        return push ? spendIn(push, bucket, work, options) : pacer.spend(bucket, work, options);
      },
      observe: (bucket, seen) => pacer.observe(bucket, seen),
    },
    ofLane: () => createTurns(pacer, (push, work) => pushes.run(push, work)),
  };
}

/** @param run runs a push so that its calls are known to be its own. */
function createTurns(pacer: Pacer, run: <T>(push: Push, work: () => Promise<T>) => Promise<T>): Turns {
  const recent: Push["spent"][] = [];
  const spare = new Map<string, number>();
  let isLearned = false;
  let isEachAlone = false;

  function learn({ spent, mostAtOnce }: Push): void {
    isLearned = true;
    if (spent.size === 0) return;
    recent.unshift(spent);
    recent.splice(REMEMBERED);
    isEachAlone ||= mostAtOnce > 1;
  }

  /** The last bucket that all of the last pushes spent, the write's, after those that any of them read of before it. */
  function usual(): ReadonlyMap<string, number> {
    const written = [...(recent[0]?.keys() ?? [])].findLast((bucket) => recent.every((spent) => spent.has(bucket)));
    const costs = new Map<string, number>();
    if (written === undefined) return costs;
    for (const spent of recent) {
      const buckets = [...spent];
      const before = buckets.findIndex(([bucket]) => bucket === written);
      for (const [bucket, cost] of buckets.slice(0, before)) costs.set(bucket, costs.get(bucket) ?? cost);
    }
    return costs.set(written, recent[0]?.get(written) ?? 1);
  }

  function giveBack(turn: Turn): void {
    for (const [bucket, left] of turn) if (left > 0) spare.set(bucket, (spare.get(bucket) ?? 0) + left);
    turn.clear();
  }

  return {
    get isEachAlone() {
      return isEachAlone;
    },
    get isLearned() {
      return isLearned;
    },
    async next(signal) {
      const turn: Turn = new Map();
      try {
        for (const [bucket, cost] of usual()) {
          turn.set(bucket, spare.get(bucket) ?? 0);
          spare.delete(bucket);
          const spared = turn.get(bucket) ?? 0;
          await pacer.turn(bucket, { cost: Math.max(cost - spared, 0), signal });
          turn.set(bucket, Math.max(cost, spared));
        }
      } catch (error) {
        giveBack(turn);
        throw error;
      }
      return turn;
    },
    async push(turn, work, begin) {
      const push: Push = { turn, begin, spent: new Map(), underWay: 0, mostAtOnce: 0 };
      try {
        return await run(push, work);
      } finally {
        learn(push);
      }
    },
    giveBack,
  };
}
