import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { createVaultKey, type Environment } from "@lastunit/config";
import { z } from "zod";

/** What must stay the same over restarts and is nobody's business. */
export interface Secrets {
  /** `LASTUNIT_KEYS` */
  readonly keys: string;
  /** `LEDGER_SERVICE_TOKEN` */
  readonly serviceToken: string;
}

const stored = z.object({ keys: z.string(), serviceToken: z.string() });

/** The environment's secrets; those it does not give are made once and kept in `<DATA_DIR>/secrets.json`, mode 0600. */
export function readSecrets(environment: Environment): Secrets {
  const { LASTUNIT_KEYS: keys, LEDGER_SERVICE_TOKEN: serviceToken } = environment;
  if (keys !== undefined && serviceToken !== undefined) return { keys, serviceToken };
  const own = readOrMake(path.join(environment.DATA_DIR, "secrets.json"));
  return { keys: keys ?? own.keys, serviceToken: serviceToken ?? own.serviceToken };
}

function readOrMake(file: string): Secrets {
  if (!fs.existsSync(file)) {
    const made: Secrets = {
      keys: createVaultKey(),
      serviceToken: `lu_service_${randomBytes(24).toString("base64url")}`,
    };
    fs.mkdirSync(path.dirname(file), { recursive: true });
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
  }
  const parsed = stored.safeParse(parseJson(fs.readFileSync(file, "utf8")));
  if (!parsed.success) {
    throw new Error(
      `${file} is damaged. Restore it from a backup: without its keys the stored channel credentials can't be read. ` +
        "To start without them, move it away and connect the channels again.",
    );
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
