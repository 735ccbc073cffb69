import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { HttpServer } from "./server.ts";

/** As long as a shutdown waits for answers: longer than a commit takes on a busy database, half of what a process has. */
const DEADLINE_MS = 5_000;
const LOOK_MS = 10;

/**
 * Makes closing the server wait until every request under way is answered; new ones are told 503 meanwhile. Without it
 * the server cuts its connections at once, and a caller can't know whether its write was recorded.
 */
export function answerBeforeClose(app: HttpServer): void {
  const connected = new Set<Socket>();
  app.server.on("connection", (socket: Socket) => {
    connected.add(socket);
    socket.once("close", () => connected.delete(socket));
  });
  // Looked at when closing: noting each request as it comes and goes would cost every one of them.
  app.addHook("preClose", async () => {
    // Browsers open some in reserve. The server takes them for busy, as their first request may be on its way.
    for (const socket of connected) if (socket.bytesRead === 0) socket.destroy();
    const connections = promisify(app.server.getConnections.bind(app.server));
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      app.server.closeIdleConnections();
      if (deadline.aborted || (await connections()) === 0) return;
      await delay(LOOK_MS);
    }
  });
}
