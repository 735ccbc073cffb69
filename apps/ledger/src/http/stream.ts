import { once } from "node:events";
import type { Logger } from "@lastunit/config";
import type { FastifyReply } from "fastify";
import type pg from "pg";
import type { LogHeadSignal } from "../log-head.ts";
import { readOn } from "../read/events.ts";
import { eventView } from "./views.ts";

/** Events read for one follower at a time: with back-pressure, all the memory a slow follower costs. */
const PAGE = 500;
/** Keeps proxies from closing an idle stream. */
const HEARTBEAT_MS = 15_000;

/** Sends the log as server-sent events, `id` being the position, until the follower leaves or the ledger stops. */
export async function streamLog(options: {
  readonly reply: FastifyReply;
  readonly pool: pg.Pool;
  readonly head: LogHeadSignal;
  readonly merchantId: string | null;
  readonly after: number;
  readonly stopping: AbortSignal;
  readonly log: Logger;
}): Promise<void> {
  const { raw } = options.reply;
  const left = new AbortController();
  raw.once("close", () => left.abort());
  const over = AbortSignal.any([left.signal, options.stopping]);
  raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", connection: "keep-alive" });
  // Otherwise they wait for the first event, and a follower can't tell that it is connected.
  raw.flushHeaders();

  let after = options.after;
  try {
    while (!over.aborted) {
      const page = await readOn(options, { merchantId: options.merchantId, after, limit: PAGE });
      after = page.next;
      const text = page.events
        .map(
          (event) => `id: ${event.position}\nevent: ${event.eventType}\ndata: ${JSON.stringify(eventView(event))}\n\n`,
        )
        .join("");
      if (text !== "") await send(raw, text, over);
      if (page.events.length === PAGE) continue;
      const before = options.head.position;
      await options.head.waitBeyond(after, HEARTBEAT_MS, over);
      if (options.head.position === before) await send(raw, ": still here\n\n", over);
    }
  } catch (error) {
    options.log.debug({ err: error }, "a follower's stream ended");
  } finally {
    raw.end();
  }
}

async function send(raw: FastifyReply["raw"], text: string, over: AbortSignal): Promise<void> {
  if (!raw.write(text)) await once(raw, "drain", { signal: over });
}
