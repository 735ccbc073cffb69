import { ChannelError, type UpdateOutcome } from "@lastunit/adapter-contract";
import { messageOf } from "@lastunit/config";
import type { JobResult } from "@lastunit/queues";
import type { Buckets } from "@lastunit/store";
import { callContext, channelErrorOf, twice, type TimedCall } from "../call.ts";
import type { OnUnauthorized } from "../channels/attend.ts";
import type { OpenChannel, WorkerParts } from "../channels/open-channel.ts";
import { createBatcher, type ChosenCall, type PushItem } from "./batcher.ts";
import { claim, type Claim } from "./claims.ts";
import { createFollowUp } from "./follow-up.ts";
import type { Hold } from "./hold.ts";
import { createReadFirst } from "./read-first.ts";
import { createRestraint } from "./restraint.ts";
import type { Turn } from "./turns.ts";

/** Full calls that may be under way side by side. */
const MAX_CALLS = 4;
const MAX_JOBS = 500;
/** A turn that lets wait for so long comes rarely: the lane then keeps no more jobs than its share. */
const LONG_TURN_MS = 1_000;
const ASIDE_MS = 15_000;
/** So many times what fits into a call is looked at for it. */
const LOOKED_AT = 2;
const GIVEN_BACK: JobResult = { status: "held" };

/** Pushes the listings of one channel that spend the same limit. What holds it holds no other lane. */
export interface Lane {
  add(job: { readonly listingId: string; readonly priority: number }): Promise<JobResult>;
  /** Lets the calls under way end, and gives the other jobs back. */
  close(): Promise<void>;
}

/** So many jobs keep a lane's calls full. */
export function jobsAtOnce(listingsPerCall: number): number {
  return Math.min(MAX_CALLS * (listingsPerCall + 2), MAX_JOBS);
}

/**
 * Gathers jobs into calls; when a call's turn has come its listings are chosen and their newest targets read.
 *
 * @param options.onUnauthorized is told when the channel refused our credentials; the lane is held meanwhile.
 */
export function createLane(
  parts: WorkerParts,
  open: OpenChannel,
  options: {
    /** Whose listings it pushes. */
    readonly buckets: Buckets;
    readonly listingsPerCall: number;
    readonly hold: Hold;
    readonly onUnauthorized: OnUnauthorized;
  },
): Lane {
  const { session, log } = open;
  const { channelId } = open.channel;
  const { comparesAndSets } = open.adapter.capabilities;
  const { buckets, listingsPerCall, onUnauthorized } = options;
  const restraint = createRestraint();
  const turns = open.turns.ofLane();
  const closing = new AbortController();
  const ending = AbortSignal.any([parts.stopping, closing.signal]);
  let isTurnLong = false;

  const batcher = createBatcher({
    batchSize: listingsAtOnce,
    maxCalls() {
      // One call shows what a turn is; one call tries a channel that failed.
      if (!turns.isLearned || !restraint.isTrusting()) return 1;
      return turns.isEachAlone ? MAX_CALLS * listingsPerCall : MAX_CALLS;
    },
    turn: nextTurn,
    choose,
  });
  const followUp = createFollowUp(parts, open, {
    restraint,
    again: (item, how) => batcher.again(item, how),
    hold,
    onUnauthorized,
  });
  const readFirst = createReadFirst(parts, open, followUp);

  function listingsAtOnce(): number {
    return turns.isEachAlone ? 1 : listingsPerCall;
  }

  /** @returns undefined when the channel must not be called: everything that waited was answered. */
  async function nextTurn(): Promise<Turn | undefined> {
    try {
      if (await isHeld()) return undefined;
      const turn = await longTurnsShed(turns.next(ending));
      if (!(await isHeld())) return turn;
      turns.giveBack(turn);
    } catch (error) {
      if (!ending.aborted) log.error({ error: messageOf(error) }, "a push could not wait for its turn");
      const result: JobResult = ending.aborted ? GIVEN_BACK : { status: "retry", reason: messageOf(error) };
      for (const item of batcher.takeBeyond(0)) item.answer(result);
    }
    return undefined;
  }

  async function longTurnsShed(turn: Promise<Turn>): Promise<Turn> {
    const timer = setTimeout(() => {
      isTurnLong = true;
      shed();
    }, LONG_TURN_MS);
    try {
      return await turn;
    } finally {
      clearTimeout(timer);
      isTurnLong = false;
    }
  }

  /** Jobs that wait for a turn that comes rarely must not keep the queue from bringing other lanes theirs. */
  function shed(): void {
    for (const item of batcher.takeBeyond(jobsAtOnce(listingsPerCall))) {
      item.answer({ status: "later", delayMs: ASIDE_MS });
    }
  }

  async function isHeld(): Promise<boolean> {
    if (restraint.waitMs() === 0) return false;
    await hold([]);
    return true;
  }

  /** Nothing is chosen before the turn: what changes while it is waited for goes out with it. */
  async function choose(items: readonly PushItem[], turn: Turn | undefined): Promise<ChosenCall> {
    if (!turn || items.length === 0) return notSent(items, turn);
    const { claims, left } = await claimFull(items);
    if (claims.length === 0) return notSent(left, turn);
    const claimed = claims.map(({ item }) => item);
    return {
      left,
      send: () =>
        send(claims, turn)
          .catch((error: unknown) => giveBack(claimed, error))
          .finally(() => turns.giveBack(turn)),
    };
  }

  /** Claims until the call is full or nothing waits: many a listing that waited shows its target by now. */
  async function claimFull(items: readonly PushItem[]) {
    const isAlone = items[0]?.alone === true;
    const size = isAlone ? 1 : listingsAtOnce();
    const claims: Claim[] = [];
    const left: PushItem[] = [];
    let rest = items;
    while (rest.length > 0 && claims.length < size) {
      const part = rest.slice(0, LOOKED_AT * size);
      rest = rest.slice(part.length);
      try {
        const atMost = size - claims.length;
        const found = await claim(parts.store, channelId, part, { atMost, soldOutToo: !isAlone, buckets });
        claims.push(...found.claims);
        left.push(...found.left);
      } catch (error) {
        giveBack(part, error);
        break;
      }
    }
    return { claims, left: [...left, ...rest] };
  }

  function notSent(left: readonly PushItem[], turn: Turn | undefined): ChosenCall {
    if (turn) turns.giveBack(turn);
    return { left, send: () => Promise.resolve() };
  }

  async function send(claims: readonly Claim[], turn: Turn): Promise<void> {
    // Another call may have been turned away while these were claimed.
    if (restraint.waitMs() > 0)
      return followUp.putBack(claims, { requestedAt: new Date(), isWrite: false, isRepeat: false });
    const toPush = comparesAndSets ? claims : await readFirst(claims);
    if (toPush.length > 0) await push(toPush, turn);
  }

  async function push(claims: readonly Claim[], turn: Turn): Promise<void> {
    const requestedAt = new Date();
    const call = callContext({ stopping: parts.stopping, log });
    const updates = claims.map(({ update }) => update);
    let outcomes: readonly UpdateOutcome[];
    let tries = 0;
    const write = () => {
      tries += 1;
      return session.pushInventory(updates, call);
    };
    let requests = 0;
    let isTooLate = false;
    const begin = () => {
      isTooLate = !endsInTime(call, claims);
      if (isTooLate) throw tooLate();
      requests += 1;
    };
    try {
      outcomes = await turns.push(turn, () => twice(call, write), begin);
    } catch (error) {
      const isWrite = !isTooLate || requests > 0;
      return followUp.failed(channelErrorOf(error), claims, { requestedAt, isWrite, isRepeat: tries > 1 });
    }
    await followUp.answered(claims, outcomes, { requestedAt, isWrite: true, isRepeat: tries > 1 });
  }

  /** No call of this lane while it is restrained, by anybody; the jobs go back without spending an attempt. */
  async function hold(items: readonly PushItem[]): Promise<void> {
    const holdMs = restraint.waitMs();
    try {
      await options.hold.begin(holdMs);
    } finally {
      await options.hold.turnAway([...items, ...batcher.takeBeyond(0)], holdMs);
    }
  }

  function giveBack(items: readonly PushItem[], error: unknown): void {
    const reason = messageOf(error);
    log.error({ error: reason }, "a batch of pushes could not be handled");
    for (const item of items) item.answer({ status: "retry", reason });
  }

  return {
    add(job) {
      const result = batcher.add(job);
      if (isTurnLong) shed();
      return result;
    },
    async close() {
      closing.abort();
      await batcher.close(GIVEN_BACK);
    },
  };
}

/**
 * Whether what is sent now is over before somebody else can claim its listings. After a stop of the process, or a pause of
 * its machine, it may not be: others have written newer quantities since.
 */
function endsInTime(call: TimedCall, claims: readonly Claim[]): boolean {
  const leftMs = call.leftMs();
  return leftMs > 0 && claims.every((one) => one.leftMs() >= leftMs);
}

function tooLate(): ChannelError {
  const message = "This process stood still for so long that others may have pushed the listings since.";
  return new ChannelError("unavailable", message, { code: "too_late" });
}
