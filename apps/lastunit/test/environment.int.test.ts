import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { newDataFolder, postgresOn, refusalOf, runLastunit } from "./lastunit.ts";

describe("start with a wrong environment", () => {
  it("names every problem at once with its mend, and starts nothing", async () => {
    const folder = newDataFolder();
    const stderr = await refusalOf(["start"], {
      DATA_DIR: folder,
      PORT: "http",
      LEDGER_PORT: "70000",
      REDIS_URL: "127.0.0.1",
      LOG_LEVEL: "loud",
      CHANNEL_ENDPOINTS: '{"ebay":"http://example.com"}',
    });
    const [title, ...problems] = stderr.trim().split("\n");
    expect(title).toBe("The environment has problems:");
    const named = new Set(problems.map((line) => /^ {2}- ([A-Z_]+)/.exec(line)?.[1]));
    expect(named).toEqual(new Set(["CHANNEL_ENDPOINTS", "LEDGER_PORT", "LOG_LEVEL", "PORT", "REDIS_URL"]));
    expect(fs.existsSync(folder)).toBe(false);
  });

  it("names all that a part can't run alone without, and how to get it", async () => {
    const folder = newDataFolder();
    const { code, stderr } = await runLastunit(["start", "gateway"], { DATA_DIR: folder });
    expect(code).toBe(1);
    for (const name of ["LEDGER_URL", "LEDGER_SERVICE_TOKEN", "STORE_DATABASE_URL", "LASTUNIT_KEYS"]) {
      expect(stderr).toContain(`- ${name} must be set for the gateway: `);
    }
    expect(fs.existsSync(folder)).toBe(false);
  });

  it("refuses keys that are none before anything is started, and does not show them", async () => {
    const folder = newDataFolder();
    const { code, stderr } = await runLastunit(["start"], { DATA_DIR: folder, LASTUNIT_KEYS: "hunter2" });
    expect(code).toBe(1);
    expect(stderr).toContain(
      "Key 1 of LASTUNIT_KEYS is not base64 of 32 bytes. Make one with: openssl rand -base64 32",
    );
    expect(stderr).not.toContain("hunter2");
    expect(fs.existsSync(folder)).toBe(false);
  });

  it.each([
    { variable: "LEDGER_DATABASE_URL", nobody: "postgres://lastunit:hunter2@127.0.0.1:9/lastunit" },
    { variable: "STORE_DATABASE_URL", nobody: "postgres://lastunit:hunter2@127.0.0.1:9/lastunit" },
    { variable: "REDIS_URL", nobody: "redis://lastunit:hunter2@127.0.0.1:9" },
  ])("says that what $variable names does not answer, and stops what it had started", async ({ variable, nobody }) => {
    const folder = newDataFolder();
    const variables = { DATA_DIR: folder, PORT: "0", LEDGER_PORT: "0", [variable]: nobody };
    const stderr = await refusalOf(["start"], variables);
    // Among lines of the log, which are JSON and written when there is time.
    const said = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
    expect(said).toEqual([
      expect.stringMatching(
        new RegExp(
          `^What ${variable} names can't be used: .+\\. Check that it runs, and that the address is right\\.$`,
        ),
      ),
    ]);
    expect(stderr).not.toContain("hunter2");
    expect(postgresOn(folder)).toEqual([]);
  });
});

describe("a command with a wrong environment", () => {
  it("health says that what STORE_DATABASE_URL names does not answer", async () => {
    const stderr = await refusalOf(["health", "hub"], {
      STORE_DATABASE_URL: "postgres://lastunit:hunter2@127.0.0.1:9/lastunit",
      LEDGER_URL: "http://127.0.0.1:9",
      LEDGER_SERVICE_TOKEN: "a-service-token-for-tests",
    });
    expect(stderr).toMatch(/^What STORE_DATABASE_URL names can't be used: .* Check that it runs, .*\n$/);
  });

  it.each([["new"], ["rotate"]])("keys %s refuses keys that are none, and makes no other", async (what) => {
    const stderr = await refusalOf(["keys", what], { LASTUNIT_KEYS: "hunter2" });
    expect(stderr).toBe("Key 1 of LASTUNIT_KEYS is not base64 of 32 bytes. Make one with: openssl rand -base64 32\n");
  });
});
