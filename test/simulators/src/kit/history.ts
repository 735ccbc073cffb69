import type { SimulatedEvent } from "../simulator.ts";

type WithoutTime<Event> = Event extends SimulatedEvent ? Omit<Event, "at"> : never;

/** Everything that happened on a simulator, oldest first. */
export interface History {
  record(event: WithoutTime<SimulatedEvent>): void;
  /** A copy; of one account when named. */
  list(account?: string): readonly SimulatedEvent[];
}

export function createHistory(): History {
  const events: SimulatedEvent[] = [];
  return {
    record: (event) => void events.push({ ...event, at: Date.now() }),
    list: (account) => events.filter((event) => account === undefined || event.account === account),
  };
}
