import path from "node:path";
import { defineConfig } from "vitest/config";
import { faults, type Fault } from "./faults.ts";
import { plant } from "./swap.ts";

/* The repository's tests, with the mistake named by PLANTED_FAULT in the source of what runs in the test's own process. */

const name = process.env["PLANTED_FAULT"] ?? "";
const fault: Fault | undefined = Object.entries(faults).find(([key]) => key === name)?.[1];
if (!fault) throw new Error(`PLANTED_FAULT=${name} is none of: ${Object.keys(faults).join("; ")}`);
const { changes } = fault;

export default defineConfig({
  root: path.join(import.meta.dirname, "../../../../.."),
  plugins: [
    {
      name: "planted-fault",
      enforce: "pre",
      transform(source: string, id: string) {
        const here = changes.filter(({ file }) => id.endsWith(`/${file}`));
        return here.length === 0 ? undefined : here.reduce((text, change) => plant(name, text, change), source);
      },
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
