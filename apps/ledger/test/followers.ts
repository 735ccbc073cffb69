import { until } from "@lastunit/test-support";
import { z } from "zod";
import { log, logEvent, type LogEvent } from "../src/http/schemas.ts";
import { call, token } from "./service.ts";

/** Someone who follows the log from its beginning and keeps what came, in the order it came. */
export interface Follower {
  readonly events: readonly LogEvent[];
  /** Resolves once this position has come. */
  reaches(position: number): Promise<void>;
  stop(): Promise<void>;
}

/** Follows by long polls; while the ledger has no database it asks again. */
export function followByPolling(url: string): Follower {
  return follow(async (events, signal) => {
    let next = 0;
    while (!signal.aborted) {
      const answer = await call(url, "GET", `/v1/events?after=${next}&wait_ms=1000&limit=50`);
      if (answer.status !== 200) {
        await until("the ledger is ready", async () => signal.aborted || (await fetch(`${url}/health/ready`)).ok);
        continue;
      }
      const page = log.parse(answer.body);
      events.push(...page.events);
      next = page.next;
    }
  });
}

/** Follows as `EventSource` does: one stream, and from the last event's id again whenever it ended. */
export function followByStream(url: string): Follower {
  return follow(async (events, signal) => {
    let lastEventId = "0";
    while (!signal.aborted) {
      const response = await fetch(`${url}/v1/events`, {
        headers: { authorization: `Bearer ${token}`, accept: "text/event-stream", "last-event-id": lastEventId },
        signal,
      });
      for await (const { id, data } of serverSentEvents(response)) {
        events.push(logEvent.parse(JSON.parse(data)));
        lastEventId = id;
      }
    }
  });
}

function follow(run: (events: LogEvent[], signal: AbortSignal) => Promise<void>): Follower {
  const events: LogEvent[] = [];
  const leave = new AbortController();
  let failure: unknown;
  const running = run(events, leave.signal).catch((error: unknown) => {
    if (!leave.signal.aborted) failure = error;
  });
  return {
    events,
    async reaches(position) {
      await until(`a follower reaches position ${position}`, () => {
        if (failure !== undefined) throw failure;
        return (events.at(-1)?.position ?? 0) >= position;
      });
    },
    async stop() {
      leave.abort();
      await running;
    },
  };
}

const fields = z.object({ id: z.string(), data: z.string() });

async function* serverSentEvents(response: Response): AsyncGenerator<z.infer<typeof fields>> {
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      if (block.startsWith(":")) continue;
      yield fields.parse(Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2))));
    }
  }
}
