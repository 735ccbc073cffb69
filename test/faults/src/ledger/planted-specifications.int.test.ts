import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { FaultName } from "../planted/index.ts";

const VITEST = fileURLToPath(new URL("../../../../node_modules/vitest/vitest.mjs", import.meta.url));
const CONFIG = fileURLToPath(new URL("../planted/vitest.config.ts", import.meta.url));

/** Mistakes in what a test runs in its own process, and the tests that must notice them. */
const cases: readonly (readonly [FaultName, string])[] = [
  ["audits no hash", "apps/ledger/test/tamper"],
  ["audits no balance row", "apps/ledger/test/tamper"],
  ["forgets the merchant in the history", "apps/ledger/test/http-contract/access"],
  ["forgets the merchant in the balance at a time", "apps/ledger/test/http-contract/access"],
];

describe("the ledger's specification notices that it", () => {
  it.each(cases)("%s: %s", { timeout: 600_000 }, async (fault, specification) => {
    const run = spawn(process.execPath, [VITEST, "run", "--config", CONFIG, specification], {
      env: { ...process.env, PLANTED_FAULT: fault, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    // Its red tests are what is wanted: they are not to be read among this run's own.
    const [out, err, [code]] = await Promise.all([text(run.stdout), text(run.stderr), once(run, "exit")]);
    const told = out + err;
    expect(told).toContain(`planted: ${fault}`);
    // Some of its tests are red, and not the file as a whole.
    expect(told).toMatch(/Tests .*\d+ failed.*\d+ passed/);
    expect(code).toBe(1);
  });
});
