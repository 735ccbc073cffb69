import { until } from "./until.ts";

/** Someone who follows a log from its beginning and keeps what came, in the order it came. */
export interface Follower<Event> {
  readonly name: string;
  readonly events: readonly Event[];
  /** Resolves once this position has come. @throws what made it stop following before. */
  reaches(position: number): Promise<void>;
  stop(): Promise<void>;
}

/** @param follow keeps each event that comes, until the signal aborts. */
export function startFollower<Event extends { readonly position: number }>(
  name: string,
  follow: (keep: (event: Event) => void, signal: AbortSignal) => Promise<void>,
): Follower<Event> {
  const events: Event[] = [];
  const leave = new AbortController();
  let failure: unknown;
  const following = follow((event) => void events.push(event), leave.signal).catch((error: unknown) => {
    if (!leave.signal.aborted) failure = error;
  });
  return {
    name,
    events,
    async reaches(position) {
      const hasReached = () => {
        if (failure !== undefined) throw failure;
        return (events.at(-1)?.position ?? 0) >= position;
      };
      await until(`${name} reaches position ${position}`, hasReached);
    },
    async stop() {
      leave.abort();
      await following;
    },
  };
}
