import { startShopifySimulator } from "@lastunit/simulators";
import { beforeAll } from "vitest";
import { newDataFolder, placeOf, startLastunit } from "./lastunit.ts";

/** For the tests of a file: a whole Lastunit on a folder of its own, whose Shopify is a simulator. */
export function useLastunitWithShopify(options: Parameters<typeof startShopifySimulator>[0] = {}) {
  const folder = newDataFolder();
  let started: Awaited<ReturnType<typeof start>> | undefined;

  async function start() {
    const simulator = await startShopifySimulator(options);
    const CHANNEL_ENDPOINTS = JSON.stringify({ shopify: simulator.url });
    const running = await startLastunit({ DATA_DIR: folder, CHANNEL_ENDPOINTS });
    return { simulator, running };
  }

  beforeAll(async () => {
    started = await start();
    const { simulator, running } = started;
    return async () => {
      running.signal("SIGINT");
      await running.exited;
      await simulator.stop();
    };
  });
  const current = () => {
    if (!started) throw new Error("Lastunit runs only inside a test");
    return started;
  };
  return {
    folder,
    get simulator() {
      return current().simulator;
    },
    get running() {
      return current().running;
    },
    /** Where commands find it. */
    get place() {
      return placeOf(folder, current().running);
    },
  };
}
