import { expect, it } from "vitest";
import { newDataFolder, startLastunit } from "./lastunit.ts";

/** Longer than anybody waits for a connection. */
const LOADING_MS = 5_500;

/** Has a process do nothing else for a while when it loads the gateway, as a busy machine does. */
const slowly = `
  import { registerHooks } from "node:module";
  registerHooks({
    load(url, context, next) {
      if (url.endsWith("/apps/gateway/src/index.ts")) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${LOADING_MS});
      }
      return next(url, context);
    },
  });`;

it("a Lastunit that takes long to load has nothing to complain of (hub and worker lost their connections meanwhile)", async () => {
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(slowly)}`;
  const running = await startLastunit({ DATA_DIR: newDataFolder(), NODE_OPTIONS });
  running.signal("SIGTERM");
  expect({ code: await running.exited, stderr: running.stderr() }).toEqual({ code: 0, stderr: "" });
});
