import { createLogger, createVault, createVaultKey, readEnvironment } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import { rewrapDataKeys } from "@lastunit/store";
import type { Command } from "commander";
import { addKey, openSecrets } from "../start/secrets.ts";
import { withDatabase } from "./running-database.ts";

const log = createLogger({ name: "lastunit-keys", level: "silent" });

export function keysCommand(program: Command): void {
  const keys = program.command("keys").description("the keys that seal channel credentials (LASTUNIT_KEYS)");
  keys
    .command("new")
    .description("make a key to rotate to; put into the data folder's secrets, unless LASTUNIT_KEYS is set")
    .action(newKey);
  keys
    .command("rotate")
    .description("seal every merchant's data key under the newest key; run it once every part knows that key")
    .action(rotate);
}

function newKey(): void {
  const { DATA_DIR, LASTUNIT_KEYS } = readEnvironment(process.env, "all");
  // Keys that are none must show before another is put in front of them.
  if (LASTUNIT_KEYS !== undefined) createVault(LASTUNIT_KEYS);
  const key = createVaultKey();
  if (LASTUNIT_KEYS === undefined) {
    const file = addKey(DATA_DIR, key);
    process.stdout.write(`A new key is first in ${file}.\nRestart Lastunit, then: npx lastunit keys rotate\n`);
    return;
  }
  process.stdout.write(`${key}\n`);
  process.stderr.write(
    "Put it first in LASTUNIT_KEYS of every part, before a comma and the keys that are there. " +
      "Restart them all, then: npx lastunit keys rotate\n",
  );
}

async function rotate(): Promise<void> {
  const vault = createVault(openSecrets(readEnvironment(process.env, "all")).keys);
  await withDatabase("store", async (connectionString) => {
    const store = createPool({ connectionString, name: "lastunit-keys", max: 1, log });
    try {
      const { merchants, rewrapped } = await rewrapDataKeys(store, vault);
      process.stdout.write(
        `${rewrapped} of ${merchants} merchants' data keys were sealed anew, under the newest key.\n` +
          "Older keys open nothing of the database any more; backups from before still need them.\n",
      );
    } finally {
      await store.end();
    }
  });
}
