import { once } from "node:events";
import net from "node:net";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { createLogger } from "../logger.ts";
import { createHttpServer, type HttpServer } from "./server.ts";

const log = createLogger({ name: "test", level: "silent" });

function makeServer(): HttpServer {
  const app = createHttpServer({ title: "Test", log, bodyLimitBytes: 1_000 });
  onTestFinished(async () => {
    await app.close();
  });
  return app;
}

const listening = (app: HttpServer) => app.listen({ host: "127.0.0.1", port: 0 });

/** A connection over which nothing was sent, and which the server has taken. */
async function openSpare(app: HttpServer, url: string): Promise<net.Socket> {
  const taken = once(app.server, "connection");
  const spare = net.connect(Number(new URL(url).port), "127.0.0.1");
  onTestFinished(() => {
    spare.destroy();
  });
  await taken;
  return spare;
}

describe("a server that is closed", () => {
  it("does not wait for a connection over which nothing was asked (for 5 s it did)", async () => {
    const app = makeServer();
    const spare = await openSpare(app, await listening(app));
    const cut = once(spare, "close");
    const before = performance.now();
    await app.close();
    expect(performance.now() - before).toBeLessThan(2_000);
    await cut;
  });

  it("answers what it was asked before, and then lets the caller's connection go", async () => {
    const app = makeServer();
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<string>();
    app.get("/slow", async () => {
      asked.resolve();
      return { answer: await answer.promise };
    });
    const url = await listening(app);
    const spare = await openSpare(app, url);
    const cut = once(spare, "close");
    const slow = fetch(`${url}/slow`);
    await asked.promise;
    const closed = app.close();
    await cut;
    await setImmediate();
    answer.resolve("whole");
    expect(await (await slow).json()).toEqual({ answer: "whole" });
    await closed;
  });
});
