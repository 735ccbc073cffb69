import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { HttpServer } from "./server.ts";

/** As long as a shutdown waits for answers: longer than a commit takes on a busy database, half of what a process has. */
const DEADLINE_MS = 5_000;

/**
 * Makes closing the server wait until every request under way is answered; new ones are told 503 meanwhile. Without it
 * the server cuts its connections at once, and a caller can't know whether its write was recorded.
 */
export function answerBeforeClose(app: HttpServer): void {
  const underWay = new Set<ServerResponse>();
  app.addHook("onRequest", async (_request, reply) => {
    const { raw } = reply;
    underWay.add(raw);
    raw.once("close", () => underWay.delete(raw));
  });
  app.addHook("preClose", async () => {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    await Promise.allSettled([...underWay].map((raw) => once(raw, "close", { signal })));
  });
}
