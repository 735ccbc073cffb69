import net from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWorld, type World } from "./world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

describe("a slow sender", () => {
  it("that goes on sending a byte now and then is told 408 and cut off", { timeout: 90_000 }, async () => {
    const { hostname, port } = new URL(world.gateway.url);
    const socket = net.connect({ host: hostname, port: Number(port) });
    socket.write("POST /webhooks/webhook/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 1000000\r\n\r\n");
    const dribble = setInterval(() => socket.write("x"), 200);
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (data) => (text += data.toString()));
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(text));
    });
    clearInterval(dribble);
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
  });
});
