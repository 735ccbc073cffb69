import diagnostics from "node:diagnostics_channel";
import { IncomingMessage, ServerResponse } from "node:http";

/** The calls that this process's servers, the simulators among them, have received and not answered. */
export interface OpenCalls {
  /** How many of a method are open at the server of that address. */
  count(url: string, method: string): number;
  stop(): void;
}

const RECEIVED = "http.server.request.start";

export function watchOpenCalls(): OpenCalls {
  const open = new Set<IncomingMessage>();

  // Node docs: diagnostics_channel, "HTTP": the server's `request` and `response`.
  function received(message: unknown): void {
    if (typeof message !== "object" || message === null) return;
    if (!("request" in message && message.request instanceof IncomingMessage)) return;
    if (!("response" in message && message.response instanceof ServerResponse)) return;
    const { request, response } = message;
    open.add(request);
    response.once("finish", () => open.delete(request));
  }

  diagnostics.subscribe(RECEIVED, received);
  return {
    count(url, method) {
      const port = Number(new URL(url).port);
      return [...open].filter((call) => call.method === method && call.socket.localPort === port).length;
    },
    stop: () => void diagnostics.unsubscribe(RECEIVED, received),
  };
}
