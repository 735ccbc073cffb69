import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Who runs PostgreSQL. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user PostgreSQL must run as: undefined means "as we are". PostgreSQL refuses to run as root, so when we are root
 * it is the system user `postgres`, made if the machine has none.
 */
export async function postgresUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const known = await lookUp();
  if (known) return known;
  await run("groupadd", ["--force", "postgres"]);
  await run("useradd", ["--gid", "postgres", "--no-create-home", "postgres"]);
  const made = await lookUp();
  if (!made) throw new Error("PostgreSQL does not run as root, and the system user `postgres` could not be made.");
  return made;
}

async function lookUp(): Promise<SystemUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([run("id", ["-u", "postgres"]), run("id", ["-g", "postgres"])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/**
 * Makes sure the user can walk down to a path.
 *
 * @throws naming the first folder that is closed to it, and the mend.
 */
export function requireReachable(target: string, user: SystemUser): void {
  const parents = [];
  for (let folder = fs.realpathSync(target); ; folder = path.dirname(folder)) {
    parents.unshift(folder);
    if (folder === path.dirname(folder)) break;
  }
  for (const folder of parents) {
    const found = fs.statSync(folder, { throwIfNoEntry: false });
    if (!found?.isDirectory()) continue;
    if (!maySearch(found, user)) {
      throw new Error(
        `PostgreSQL runs as user \`postgres\` here because we are root, and that user can't enter ${folder}. ` +
          `Move the project (or DATA_DIR) out of it, open it with \`chmod o+x ${folder}\`, run as another user, ` +
          `or set LEDGER_DATABASE_URL and STORE_DATABASE_URL to a PostgreSQL of your own.`,
      );
    }
  }
}

function maySearch(folder: fs.Stats, user: SystemUser): boolean {
  if (folder.uid === user.uid) return (folder.mode & 0o100) !== 0;
  if (folder.gid === user.gid) return (folder.mode & 0o010) !== 0;
  return (folder.mode & 0o001) !== 0;
}
