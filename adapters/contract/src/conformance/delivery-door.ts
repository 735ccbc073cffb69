import http from "node:http";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import type { RawRequest } from "../webhooks.ts";

/** A little HTTP server that keeps every request a channel sends, untouched. */
export interface DeliveryDoor {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly deliveries: readonly RawRequest[];
  stop(): Promise<void>;
}

export type Handshake = (
  request: RawRequest,
) => Promise<{ readonly status: number; readonly body: string } | undefined>;

/** Opens a door on a free port. A request that `handshake` answers is not a delivery. */
export async function openDeliveryDoor(handshake?: Handshake): Promise<DeliveryDoor> {
  const deliveries: RawRequest[] = [];
  async function answer(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const request = await receive(incoming);
    const reply = await handshake?.(request);
    if (!reply) deliveries.push(request);
    response.writeHead(reply?.status ?? 200, { "content-type": "application/json" }).end(reply?.body);
  }
  const server = http.createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.writeHead(500).end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the delivery door has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    deliveries,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function receive(incoming: http.IncomingMessage): Promise<RawRequest> {
  const path = incoming.url ?? "/";
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
  return {
    method: incoming.method ?? "GET",
    path,
    query: new URL(path, "http://door").searchParams,
    headers,
    body: await buffer(incoming),
  };
}
