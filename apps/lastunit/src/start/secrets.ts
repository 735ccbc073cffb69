import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { createVault, createVaultKey, type Environment } from "@lastunit/config";
import { z } from "zod";
import { makeDataFolder } from "./data-folder.ts";

/** What must stay the same over restarts and is nobody's business. */
export interface Secrets {
  /** `LASTUNIT_KEYS` */
  readonly keys: string;
  /** `LEDGER_SERVICE_TOKEN` */
  readonly serviceToken: string;
}

const stored = z.object({ keys: z.string().refine(areKeys), serviceToken: z.string().min(16) });

/**
 * The environment's secrets. Those it does not give are kept in `<DATA_DIR>/secrets.json`, mode 0600, made when the first
 * is asked for: a part that needs none leaves no file.
 */
export function openSecrets(environment: Environment): Secrets {
  const own = () => readSecrets(environment.DATA_DIR) ?? makeSecrets(environment.DATA_DIR);
  return {
    get keys() {
      return environment.LASTUNIT_KEYS ?? own().keys;
    },
    get serviceToken() {
      return environment.LEDGER_SERVICE_TOKEN ?? own().serviceToken;
    },
  };
}

const fileIn = (dataDir: string) => path.resolve(dataDir, "secrets.json");

/** The secrets kept in a data folder; undefined when it has none yet. @throws when they are damaged. */
export function readSecrets(dataDir: string): Secrets | undefined {
  const file = fileIn(dataDir);
  if (!fs.existsSync(file)) return undefined;
  const parsed = stored.safeParse(parseJson(fs.readFileSync(file, "utf8")));
  if (parsed.success) return parsed.data;
  throw new Error(
    `${file} is damaged. Restore it from a backup: without its keys the stored channel credentials can't be read. ` +
      "To start without them, move it away and connect the channels again.",
  );
}

function makeSecrets(dataDir: string): Secrets {
  const made: Secrets = {
    keys: createVaultKey(),
    serviceToken: `lu_service_${randomBytes(24).toString("base64url")}`,
  };
  makeDataFolder(dataDir);
  const file = fileIn(dataDir);
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  // Linking fails where another process was first, and never shows half a file.
  try {
    fs.linkSync(draft, file);
  } catch (error) {
    if (!fs.existsSync(file)) throw error;
  } finally {
    fs.rmSync(draft);
  }
  return readSecrets(dataDir) ?? made;
}

/**
 * Puts a key before those of the data folder.
 *
 * @returns the file.
 * @throws when the folder has no secrets yet.
 */
export function addKey(dataDir: string, key: string): string {
  const file = fileIn(dataDir);
  const secrets = readSecrets(dataDir);
  if (!secrets) throw new Error(`${file} is not there yet. Start Lastunit once with: npm start (or set DATA_DIR).`);
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, `${JSON.stringify({ ...secrets, keys: `${key},${secrets.keys}` }, null, 2)}\n`, {
    mode: 0o600,
  });
  fs.renameSync(draft, file);
  return file;
}

function areKeys(keys: string): boolean {
  try {
    createVault(keys);
    return true;
  } catch {
    return false;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
