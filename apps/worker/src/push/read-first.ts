import type { ReadOutcome, Unread } from "@lastunit/adapter-contract";
import type { JobResult } from "@lastunit/queues";
import { callContext, channelErrorOf, twice } from "../call.ts";
import type { OpenChannel, WorkerParts } from "../channels/open-channel.ts";
import { createBreaker } from "./breaker.ts";
import { release, type Claim } from "./claims.ts";
import type { FollowUp } from "./follow-up.ts";
import type { Answer, AnsweredOutcome } from "./told.ts";

/**
 * Reads the listings that would be raised, and answers those that the channel shows otherwise than believed, or could not
 * read.
 *
 * @returns what may be pushed now.
 */
export type ReadFirst = (claims: readonly Claim[]) => Promise<readonly Claim[]>;

/** For a channel that compares nothing itself. What can't be read waits, and keeps nothing else from being pushed. */
export function createReadFirst(
  { store, stopping }: WorkerParts,
  { session, log }: Pick<OpenChannel, "session" | "log">,
  followUp: Pick<FollowUp, "keep" | "failed">,
): ReadFirst {
  // Its own: that the channel can't be read is no reason to write nothing.
  const breaker = createBreaker();

  async function read(raises: readonly Claim[], claims: readonly Claim[]): Promise<readonly Claim[]> {
    const requestedAt = new Date();
    const call = callContext({ stopping, log });
    const listings = raises.map(({ update }) => update.listing);
    let reads: readonly ReadOutcome[];
    try {
      reads = await twice(call, () => session.readInventory(listings, call));
    } catch (cause) {
      const error = channelErrorOf(cause);
      const { failure } = error;
      if (failure === "unavailable") breaker.failed(Date.now());
      // Those are the channel's word on any call.
      const isOnAll = failure === "rate_limited" || failure === "unauthorized";
      await followUp.failed(error, isOnAll ? claims : raises, { requestedAt, isWrite: false, isRepeat: false });
      return isOnAll ? [] : without(claims, raises);
    }
    const { known, unread } = partReads(raises, reads);
    // One may be sick by itself, for days; several at once are the channel's trouble.
    if (known.length > 0) breaker.succeeded();
    else if (unread.length > 1) breaker.failed(Date.now());
    const moved = known.flatMap(({ of, read: found }): Answer[] => {
      const outcome = outcomeOfRead(found, of.update.expected);
      return outcome ? [{ claim: of, outcome }] : [];
    });
    await followUp.keep(moved, requestedAt);
    await wait(
      unread.map(({ of, read: { code, message } }) => [of, { status: "retry", reason: `${code}: ${message}` }]),
    );
    return without(claims, [...moved.map(({ claim }) => claim), ...unread.map(({ of }) => of)]);
  }

  /** Nothing was written, and nothing learned. */
  async function wait(unread: readonly (readonly [of: Claim, result: JobResult])[]): Promise<void> {
    await release(
      store,
      unread.map(([of]) => of),
    );
    for (const [{ item }, result] of unread) item.answer(result);
  }

  return async (claims) => {
    const raises = claims.filter(({ update }) => isRaise(update));
    if (raises.length === 0) return claims;
    const delayMs = breaker.waitMs(Date.now());
    if (delayMs === 0) return read(raises, claims);
    await wait(raises.map((of) => [of, { status: "later", delayMs }]));
    return without(claims, raises);
  };
}

function without(claims: readonly Claim[], others: readonly Claim[]): readonly Claim[] {
  return claims.filter((one) => !others.includes(one));
}

/**
 * Whether a push could undo sales on the channel that we have not seen yet: it raises what the channel is believed to
 * show, or nobody knows what it shows. Lowering can't: at worst it lowers too little, and the next push mends that. Nor
 * can 0, whatever the channel shows.
 */
export function isRaise({
  quantity,
  expected,
}: {
  readonly quantity: number;
  readonly expected: number | null;
}): boolean {
  return quantity > (expected ?? 0);
}

/** What the channel said of one that it was asked for. */
export interface Look<Of, Read extends ReadOutcome> {
  readonly of: Of;
  readonly read: Read;
}
type Known = Exclude<ReadOutcome, Unread>;

const leftOut: Unread = { status: "unread", code: "left_out", message: "The channel did not answer for it." };

/** Parts what the channel told of from what it could not read, of which nothing is known. */
export function partReads<Of>(
  asked: readonly Of[],
  reads: readonly ReadOutcome[],
): { readonly known: readonly Look<Of, Known>[]; readonly unread: readonly Look<Of, Unread>[] } {
  const known: Look<Of, Known>[] = [];
  const unread: Look<Of, Unread>[] = [];
  for (const [index, of] of asked.entries()) {
    const read = reads[index] ?? leftOut;
    if (read.status === "unread") unread.push({ of, read });
    else known.push({ of, read });
  }
  return { known, unread };
}

/**
 * What a read before a raise means for it: undefined when the channel shows what we believed, so that the push may go.
 * A number that moved is as if the channel had refused the write itself.
 */
export function outcomeOfRead(read: Known, expected: number | null): AnsweredOutcome | undefined {
  switch (read.status) {
    case "read":
      return read.available === expected ? undefined : { status: "stale", actual: read.available };
    case "untracked":
      return { status: "rejected", code: "untracked", message: "The channel does not track this listing's quantity." };
    case "missing":
      return { status: read.mayAppear ? "retry" : "rejected", code: "missing", message: read.message };
  }
}
