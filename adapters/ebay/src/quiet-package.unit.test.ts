import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { afterEach, describe, expect, it } from "vitest";
import { quietPackage } from "./quiet-package.ts";

const debug = createRequire(import.meta.resolve("ebay-api"))("debug");

afterEach(() => debug.disable());

/** Asks a fake eBay for tokens and an item in a process of its own, as an operator who set DEBUG would. */
const script = `
  import http from "node:http";
  import { createOutbound } from "@lastunit/adapter-contract";
  import { createLogger } from "@lastunit/config";
  import { renewSellerToken, send } from "./adapters/ebay/src/requests.ts";
  import { z } from "zod";
  const server = http.createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ access_token: "answered-token", expires_in: 7200 }));
  }).listen(0, "127.0.0.1", async () => {
    const endpoints = { ebay: new URL("http://127.0.0.1:" + server.address().port) };
    const outbound = createOutbound({ endpoints, log: createLogger({ level: "silent", name: "test" }) });
    const caller = { credentials: { appId: "app", certId: "cert-secret" }, settings: { marketplaceId: "EBAY_US" }, outbound, signal: AbortSignal.timeout(60_000) };
    const { accessToken } = await renewSellerToken(caller, "refresh-secret");
    await send(caller, accessToken, z.unknown(), (api) => api.sell.inventory.getInventoryItem("A"));
    await send(caller, accessToken, z.unknown(), (api) => api.trading.GetItem({ ItemID: 1 })).catch(() => undefined);
    console.error("asked");
    server.close();
  });
`;

describe("the eBay package's debug output", () => {
  // Each loads the package anew.
  it.each(["ebay:*", "*", "ebay:oauth2,ebay:request"])(
    "shows no token with DEBUG=%s",
    { timeout: 120_000 },
    (DEBUG) => {
      const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
        env: { ...process.env, DEBUG },
        encoding: "utf8",
      });
      expect(stderr).toContain("asked");
      for (const secret of ["refresh-secret", "answered-token", "cert-secret"]) {
        expect(stdout + stderr).not.toContain(secret);
      }
    },
  );

  it("is taken away again when it was switched on meanwhile, and nobody else's is", () => {
    debug.enable("ebay:oauth2,another:thing");
    quietPackage();
    expect([debug.enabled("ebay:oauth2"), debug.enabled("another:thing")]).toEqual([false, true]);
    debug.enable("*");
    quietPackage();
    expect([debug.enabled("ebay:request"), debug.enabled("another:thing")]).toEqual([false, true]);
  });

  it("is left alone where it is off", () => {
    debug.enable("another:thing");
    quietPackage();
    expect(debug.disable()).toBe("another:thing");
  });
});
