import { until } from "@lastunit/test-support";
import { z } from "zod";
import { ask } from "./ask.ts";

/** What of an event a follower keeps: enough to tell it from any other. */
export interface Seen {
  readonly position: number;
  readonly merchant: string;
  readonly hash: string;
}

/** Someone who follows the log from its beginning, whatever happens, and keeps what came, as it came. */
export interface Follower {
  readonly name: string;
  readonly seen: readonly Seen[];
  /** How often it had to begin anew. */
  readonly breaks: number;
  /** Resolves once this position has come. */
  reaches(position: number): Promise<void>;
  stop(): Promise<void>;
}

const arrived = z
  .object({ position: z.int(), merchant_id: z.string(), hash: z.string() })
  .transform(({ position, merchant_id, hash }): Seen => ({ position, merchant: merchant_id, hash }));
const page = z.object({ events: z.array(arrived), next: z.int() });

const WAIT_MS = 2_000;

/** Follows by long polls, and asks the next process whenever one gave no page. */
export function followByPolling(name: string, urls: readonly string[], token: string): Follower {
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
export function followByStream(name: string, urls: readonly string[], token: string): Follower {
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

/** @param run follows at one process until that ends; it may throw as connections do. */
function follow(
  name: string,
  urls: readonly string[],
  run: (url: string, see: (event: Seen) => void, signal: AbortSignal) => Promise<void>,
): Follower {
  const seen: Seen[] = [];
  const leave = new AbortController();
  let breaks = 0;
  let failure: unknown;
  async function followAll(): Promise<void> {
    for (let turn = 0; !leave.signal.aborted; turn += 1) {
      const url = urls[turn % urls.length] ?? "";
      try {
        await run(url, (event) => void seen.push(event), leave.signal);
      } catch (error) {
        // A cut connection is what it is here for; anything else is a fault of what came.
        if (error instanceof z.ZodError || error instanceof SyntaxError) throw error;
      }
      breaks += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const running = followAll().catch((error: unknown) => {
    failure = error;
  });
  return {
    name,
    seen,
    get breaks() {
      return breaks;
    },
    async reaches(position) {
      await until(`${name} reaches position ${position}`, () => {
        if (failure !== undefined) throw failure;
        return (seen.at(-1)?.position ?? 0) >= position;
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
