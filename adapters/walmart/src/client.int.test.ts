import { once } from "node:events";
import http from "node:http";
import { callWithin } from "@lastunit/adapter-contract/conformance";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect, listing } from "./testing.ts";

describe("a call that Walmart never answers", () => {
  let server: http.Server;
  beforeEach(async () => {
    server = http.createServer(() => {}).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  it("ends at its deadline as unavailable", async () => {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const { session } = connect({ endpoint: new URL(`http://127.0.0.1:${address.port}`) });
    await expect(session.readInventory([listing("CAP")], callWithin(100))).rejects.toMatchObject({
      failure: "unavailable",
      code: "timeout",
    });
  });
});
