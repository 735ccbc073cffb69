import fs from "node:fs";
import path from "node:path";
import { createVault } from "@lastunit/config";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readSecrets } from "../src/start/secrets.ts";
import {
  databaseUrl,
  newDataFolder,
  outputOf,
  placeOf,
  runLastunit,
  startLastunit,
  type RunningLastunit,
} from "./lastunit.ts";

const folder = newDataFolder();
let running: RunningLastunit;

beforeAll(async () => {
  running = await startLastunit({ DATA_DIR: folder });
});
afterAll(async () => {
  running.signal("SIGINT");
  await running.exited;
});

const keysOf = () => readSecrets(folder)?.keys ?? "";

const run = (args: readonly string[], input?: string) => outputOf(args, placeOf(folder, running), input);

async function dataKey(): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl(folder, "store") });
  await client.connect();
  try {
    const { rows } = await client.query<{ key: string }>("select wrapped_data_key as key from merchant");
    return rows[0]?.key ?? "";
  } finally {
    await client.end();
  }
}

it(
  "a new key goes first, and after a restart every data key is sealed under it alone",
  { timeout: 120_000 },
  async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    await run(["connect", "webhook", "--merchant", "acme", "--from", "-"], JSON.stringify({ name: "Till", secret }));
    const [before, sealed] = [keysOf(), await dataKey()];

    expect(await run(["keys", "new"])).toContain("Restart Lastunit");
    const [newest = "", ...older] = keysOf().split(",");
    expect(older.join(",")).toBe(before);
    expect(fs.statSync(path.join(folder, "secrets.json")).mode & 0o777).toBe(0o600);

    running.signal("SIGINT");
    await running.exited;
    running = await startLastunit({ DATA_DIR: folder });
    expect(await run(["keys", "rotate"])).toContain("1 of 1 merchants' data keys were sealed anew");
    const rotated = await dataKey();
    expect(rotated).not.toBe(sealed);
    expect(createVault(newest).rewrap("acme", rotated)).toBeUndefined();
    expect(await run(["keys", "rotate"])).toContain("0 of 1");
  },
);

it("keys of the environment are not written anywhere: the new one is printed with what to do", async () => {
  const before = keysOf();
  const given = { ...placeOf(folder, running), LASTUNIT_KEYS: before };
  const { code, stdout, stderr } = await runLastunit(["keys", "new"], given, {});
  expect(code).toBe(0);
  expect(() => createVault(stdout.trim())).not.toThrow();
  expect(stderr).toContain("Put it first in LASTUNIT_KEYS");
  expect(keysOf()).toBe(before);
});

it("a folder without secrets is told of", async () => {
  const { code, stderr } = await runLastunit(["keys", "new"], { DATA_DIR: newDataFolder() }, {});
  expect(code).toBe(1);
  expect(stderr).toContain("Start Lastunit once with: npm start");
});
