import http from "node:http";

export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A merchant's endpoint that can meet eBay's challenge: keeps what it gets and answers what `answer` says, else 204. */
export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  stop(): Promise<void>;
}

export async function startReceiver(
  answer: (request: Received, url: string) => { readonly status: number; readonly body?: object } | undefined,
): Promise<Receiver> {
  const received: Received[] = [];
  let url = "";
  async function respond(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = await request.toArray();
    const { method = "", url: path = "", headers } = request;
    const got = { method, path, headers, body: Buffer.concat(chunks).toString() };
    received.push(got);
    const { status, body } = answer(got, url) ?? { status: 204 };
    response.writeHead(status, { "content-type": "application/json" }).end(body && JSON.stringify(body));
  }

  const server = http.createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the receiver has no port");
  url = `http://127.0.0.1:${address.port}/hook`;
  return {
    url,
    received,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
