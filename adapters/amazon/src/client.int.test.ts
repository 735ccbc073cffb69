import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { callWithin } from "@lastunit/adapter-contract/conformance";
import { afterEach, expect, it } from "vitest";
import { channelErrorOf, connect, listing } from "./testing/harness.ts";

let server: Server;
afterEach(() => void server.close());

it("an answer that is cut off on its way ends the call at once, which the client package would wait for", async () => {
  server = createServer((_request, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write('{"items":', () => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  const { session } = connect({ endpoint: new URL(`http://127.0.0.1:${address.port}`) });
  const error = await channelErrorOf(session.readInventory([listing("CAP")], callWithin(5_000)));
  expect(error).toMatchObject({ failure: "unavailable", code: "cut_answer" });
});
