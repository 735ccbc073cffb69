import { serverSentEvents, startFollower, until, type Follower } from "@lastunit/test-support";
import { log, logEvent, type LogEvent } from "../src/http/schemas.ts";
import { call, token } from "./service.ts";

/** Follows by long polls; while the ledger has no database it asks again. */
export function followByPolling(url: string): Follower<LogEvent> {
  return startFollower("the poller", async (keep, signal) => {
    let next = 0;
    while (!signal.aborted) {
      const answer = await call(url, "GET", `/v1/events?after=${next}&wait_ms=1000&limit=50`);
      if (answer.status !== 200) {
        await readyAgain(url, signal);
        continue;
      }
      const page = log.parse(answer.body);
      page.events.forEach(keep);
      next = page.next;
    }
  });
}

const readyAgain = (url: string, signal: AbortSignal) =>
  until("the ledger is ready", async () => signal.aborted || (await fetch(`${url}/health/ready`)).ok);

/** Follows as `EventSource` does: one stream, and from the last event's id again whenever it ended and the ledger is ready. */
export function followByStream(url: string): Follower<LogEvent> {
  return startFollower("the stream", async (keep, signal) => {
    let lastEventId = "0";
    while (!signal.aborted) {
      const response = await fetch(`${url}/v1/events`, {
        headers: { authorization: `Bearer ${token}`, accept: "text/event-stream", "last-event-id": lastEventId },
        signal,
      });
      if (!response.ok) {
        await response.body?.cancel();
        await readyAgain(url, signal);
        continue;
      }
      for await (const { id, data } of serverSentEvents(response)) {
        keep(logEvent.parse(JSON.parse(data)));
        lastEventId = id;
      }
    }
  });
}
