import path from "node:path";
import { defineConfig } from "vitest/config";
import { plantInto } from "./change.ts";
import { namedFault } from "./named-fault.ts";

/* The repository's tests, with the mistake named by PLANTED_FAULT in the source of what runs in the test's own process. */

const fault = namedFault();

export default defineConfig({
  root: path.join(import.meta.dirname, "../../../.."),
  plugins: [
    {
      name: "planted-fault",
      enforce: "pre",
      transform: (source: string, id: string) => plantInto(fault, id, () => source),
    },
  ],
  test: {
    include: ["**/*.{unit,int}.test.ts"],
    pool: "forks",
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // It would hand the faulty module to the next fault's run.
    fsModuleCache: false,
  },
});
