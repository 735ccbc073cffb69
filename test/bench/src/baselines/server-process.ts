import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";
import { baselineKinds, type Baseline, type BaselineEvent, type BaselineKind } from "./baseline.ts";
import { conditionalUpdate } from "./conditional-update.ts";
import { forUpdate } from "./for-update.ts";
import { groupCommit } from "./group-commit.ts";
import { oneStatementAppend } from "./one-statement-append.ts";
import { plainRead } from "./plain-read.ts";
import { redisLua } from "./redis-lua.ts";

/*
 * `node server-process.ts <kind> <address of its database>`: the thinnest HTTP server round a baseline. It reads the same
 * body as the ledger, believes every word of it, and sends its address to its parent when it listens.
 */

interface ReservationBody {
  readonly reservation_id: string;
  readonly lines: readonly [{ readonly sku: string; readonly quantity: number }];
}

interface EventsBody {
  readonly events: readonly BaselineEvent[];
}

function create(kind: BaselineKind, url: string): Baseline | Promise<Baseline> {
  switch (kind) {
    case "for-update":
      return forUpdate(url);
    case "conditional-update":
      return conditionalUpdate(url);
    case "group-commit":
      return groupCommit(url);
    case "one-statement":
      return oneStatementAppend(url);
    case "plain-read":
      return plainRead(url);
    case "redis-lua":
      return redisLua(url);
    case "empty":
      return { reserve: () => Promise.resolve(true) };
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) })
    .end(text);
}

const [kind, url] = z.tuple([z.enum(baselineKinds), z.string()]).parse(process.argv.slice(2));
const baseline = await create(kind, url);

async function serve(request: IncomingMessage, text: string, response: ServerResponse): Promise<void> {
  if (request.method === "GET" && baseline.read) {
    const query = new URL(request.url ?? "/", "http://baseline").searchParams;
    const events = await baseline.read(Number(query.get("after")), Number(query.get("limit")));
    answer(response, 200, { events });
  } else if (request.url === "/v1/events" && baseline.append) {
    const body: EventsBody = JSON.parse(text);
    await baseline.append(body.events);
    answer(response, 200, { recorded: body.events.length });
  } else if (baseline.reserve) {
    const body: ReservationBody = JSON.parse(text);
    const [{ sku, quantity }] = body.lines;
    const granted = await baseline.reserve({ id: body.reservation_id, sku, quantity });
    answer(response, granted ? 201 : 409, { reservation_id: body.reservation_id, state: granted ? "held" : "refused" });
  } else {
    answer(response, 404, { error: `${kind} does not do this` });
  }
}

const server = http.createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  request.on("end", () => {
    serve(request, text, response).catch((error: unknown) => answer(response, 500, { error: String(error) }));
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") process.send?.(`http://127.0.0.1:${address.port}`);
});
process.once("disconnect", () => process.exit());
