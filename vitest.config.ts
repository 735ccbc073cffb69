import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["**/*.{unit,int,e2e}.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    // No test's subject: what hangs is to end, and a machine that is busy with other things may take its time.
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
