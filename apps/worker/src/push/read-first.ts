import type { ReadOutcome, Unread } from "@lastunit/adapter-contract";
import type { AnsweredOutcome } from "./told.ts";

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
      return { status: "rejected", code: "missing", message: read.message };
  }
}
