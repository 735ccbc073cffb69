import { serverSentEvents, startFollower, type Follower } from "@lastunit/test-support";
import { z } from "zod";
import { ask } from "./ask.ts";

/** What of an event a follower keeps: enough to tell it from any other. */
export interface Seen {
  readonly position: number;
  readonly merchant: string;
  readonly hash: string;
}

const arrived = z
  .object({ position: z.int(), merchant_id: z.string(), hash: z.string() })
  .transform(({ position, merchant_id, hash }): Seen => ({ position, merchant: merchant_id, hash }));
const page = z.object({ events: z.array(arrived), next: z.int() });

const WAIT_MS = 2_000;

/** Follows by long polls, and asks the next process whenever one gave no page. */
export function followByPolling(name: string, urls: readonly string[], token: string): Follower<Seen> {
  let next = 0;
  return follow(name, urls, async (url, see, signal) => {
    while (!signal.aborted) {
      const path = `/v1/events?after=${next}&wait_ms=${WAIT_MS}&limit=200`;
      const answer = await ask(url, token, { method: "GET", path }, { timeoutMs: 2 * WAIT_MS });
      if (answer?.status !== 200) return;
      const got = page.parse(answer.body);
      got.events.forEach(see);
      next = got.next;
    }
  });
}

/** Follows as `EventSource` does: one stream, and from the last event's id again at the next process when it ended. */
export function followByStream(name: string, urls: readonly string[], token: string): Follower<Seen> {
  let lastEventId = "0";
  return follow(name, urls, async (url, see, signal) => {
    const headers = { authorization: `Bearer ${token}`, accept: "text/event-stream", "last-event-id": lastEventId };
    const response = await fetch(`${url}/v1/events`, { headers, signal });
    if (response.status !== 200) return;
    for await (const { id, data } of serverSentEvents(response)) {
      see(arrived.parse(JSON.parse(data)));
      lastEventId = id;
    }
  });
}

/**
 * Goes on whatever happens to the connection or the process at its other end.
 *
 * @param run follows at one process until that ends; it may throw as connections do.
 */
function follow(
  name: string,
  urls: readonly string[],
  run: (url: string, see: (event: Seen) => void, signal: AbortSignal) => Promise<void>,
): Follower<Seen> {
  return startFollower<Seen>(name, async (see, signal) => {
    for (let turn = 0; !signal.aborted; turn += 1) {
      const url = urls[turn % urls.length] ?? "";
      try {
        await run(url, see, signal);
      } catch (error) {
        // A cut connection is what it is here for; anything else is a fault of what came.
        if (error instanceof z.ZodError || error instanceof SyntaxError) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
}
