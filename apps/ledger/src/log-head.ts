import { EventEmitter, once } from "node:events";
import type { RecordedEvent } from "./domain/types.ts";

/** Wakes followers within milliseconds of a commit, and keeps the newest events for those who are close behind. */
export interface LogHeadSignal {
  /** The furthest end of the log heard of. */
  readonly position: number;
  /** Tells of a commit of another process. */
  advance(position: number): void;
  /** Tells of a commit of this process, by its events. */
  append(events: readonly RecordedEvent[]): void;
  /** Tells that the connection was lost: what is kept may not be the log's when it is back. */
  forget(): void;
  /** Tells where the log ends now, which may be nearer, when a server took over that had not got it all. */
  reset(position: number): void;
  /** The events after the position, oldest first and without a gap, as far as they are kept; none: the database has them. */
  newest(after: number): readonly RecordedEvent[];
  /** Resolves when the log may be longer than `position`, or after `timeoutMs`, or when the signal aborts. */
  waitBeyond(position: number, timeoutMs: number, signal: AbortSignal): Promise<void>;
}

/** What a few batches append. Under load more would outlive the young generation, and cost 7 % of what is accepted. */
const KEPT = 500;

export function createLogHeadSignal(): LogHeadSignal {
  const emitter = new EventEmitter().setMaxListeners(0);
  let position = 0;
  /** The last ones that this process appended; no other process's lie between. */
  let kept: RecordedEvent[] = [];

  function advance(to: number): void {
    if (to <= position) return;
    position = to;
    emitter.emit("advanced");
  }

  return {
    get position() {
      return position;
    },
    advance,
    append(events) {
      const [first, last] = [events[0], events.at(-1)];
      if (!first || !last) return;
      if (kept.at(-1)?.position !== first.position - 1) kept = [];
      kept.push(...events);
      if (kept.length > 2 * KEPT) kept.splice(0, kept.length - KEPT);
      advance(last.position);
    },
    forget() {
      kept = [];
    },
    reset(to) {
      position = 0;
      advance(to);
    },
    newest(after) {
      const [oldest] = kept;
      return oldest && after >= oldest.position - 1 ? kept.slice(after - oldest.position + 1) : [];
    },
    async waitBeyond(after, timeoutMs, signal) {
      if (position > after || signal.aborted) return;
      const timeout = AbortSignal.timeout(timeoutMs);
      await once(emitter, "advanced", { signal: AbortSignal.any([timeout, signal]) }).catch(() => undefined);
    },
  };
}
