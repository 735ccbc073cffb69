import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const MAIN = path.join(import.meta.dirname, "main.ts");

async function bench(...args: string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, [MAIN, ...args])).stdout;
}

describe("npm run bench", () => {
  it("lists the benchmarks when it is given no name", async () => {
    expect(await bench()).toMatch(/hot-sku[^]*wide[^]*ingest[^]*follow[^]*audit[^]*replay[^]*growth/);
  });

  it("measures a hot SKU against its baselines and proves that nothing was oversold", async () => {
    const report = JSON.parse(await bench("hot-sku", "--quick", "--json", "--clients", "8"));

    expect(report).toMatchObject({
      benchmark: "hot-sku",
      ok: true,
      machine: { fsync: "on", synchronous_commit: "on" },
    });
    expect(report.rows.map((row: { server: string }) => row.server)).toEqual([
      "lastunit",
      "for-update",
      "conditional-update",
      "group-commit",
      "empty",
      "redis-lua",
    ]);
    expect(report.checks.map((check: { ok: boolean }) => check.ok)).toEqual([true, true, true, true]);
  });
});
