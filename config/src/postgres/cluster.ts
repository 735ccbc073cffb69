import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { messageOf } from "../message-of.ts";
import type { PostgresBinaries } from "./binaries.ts";
import type { SystemUser } from "./system-user.ts";

/** A PostgreSQL data folder and what belongs to it. */
export interface Cluster {
  /** PostgreSQL's data folder, absolute. */
  readonly folder: string;
  /** Of its superuser `postgres`. */
  readonly password: string;
}

/**
 * Opens `<home>/postgres`, made first when it is not there. Nobody else may be at work in `home`.
 *
 * @throws with a sentence for people: half-written, another user's, or without its password.
 */
export async function openCluster(place: {
  readonly home: string;
  readonly binaries: PostgresBinaries;
  readonly user: SystemUser | undefined;
}): Promise<Cluster> {
  const folder = path.join(place.home, "postgres");
  const passwordFile = path.join(place.home, "postgres.password");
  removeDrafts(place.home);
  if (!fs.existsSync(folder)) await createCluster({ ...place, folder, passwordFile });
  requireOwned(folder, place.user);
  requireComplete(folder);
  const password = readPassword(passwordFile);
  if (password === "") {
    throw new Error(
      `${passwordFile} is missing or empty, and without it ${folder} can't be opened. Restore it from a backup, or move ${folder} away to start empty.`,
    );
  }
  return { folder, password };
}

const DRAFT_PREFIX = "postgres.new-";

/** What a start that was killed half-way left behind. */
function removeDrafts(home: string): void {
  for (const name of fs.readdirSync(home)) {
    if (name.startsWith(DRAFT_PREFIX)) fs.rmSync(path.join(home, name), { recursive: true, force: true });
  }
}

/** initdb works in a folder beside the final one and is renamed when done: a half-written cluster never looks whole. */
async function createCluster(place: {
  readonly home: string;
  readonly folder: string;
  readonly passwordFile: string;
  readonly binaries: PostgresBinaries;
  readonly user: SystemUser | undefined;
}): Promise<void> {
  const draft = path.join(place.home, `${DRAFT_PREFIX}${process.pid}`);
  fs.mkdirSync(draft, { mode: 0o700 });
  fs.writeFileSync(place.passwordFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
  if (place.user) {
    fs.chownSync(draft, place.user.uid, place.user.gid);
    fs.chownSync(place.passwordFile, place.user.uid, place.user.gid);
  }
  try {
    await initdb(place, draft);
  } catch (cause) {
    fs.rmSync(draft, { recursive: true, force: true });
    const reason = messageOf(cause);
    throw new Error(`PostgreSQL's data folder could not be made in ${place.home}: ${reason}`, { cause });
  }
  fs.renameSync(draft, place.folder);
}

async function initdb(
  place: { readonly passwordFile: string; readonly binaries: PostgresBinaries; readonly user: SystemUser | undefined },
  draft: string,
): Promise<void> {
  const flags = [
    `--pgdata=${draft}`,
    "--username=postgres",
    `--pwfile=${place.passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--lc-messages=C",
  ];
  // In a process group of its own: a Ctrl-C meanwhile stops us when the cluster is made, not initdb half-way.
  const child = spawn(place.binaries.initdb, flags, {
    ...place.user,
    cwd: draft,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, LC_ALL: "C" },
  });
  const [said] = await Promise.all([text(child.stderr), once(child, "close")]);
  if (child.exitCode !== 0) throw new Error(said.trim());
}

/** PostgreSQL starts only on a folder that belongs to the user it runs as. */
function requireOwned(folder: string, user: SystemUser | undefined): void {
  const uid = user?.uid ?? process.getuid?.();
  const owner = fs.statSync(folder).uid;
  if (uid === undefined || owner === uid) return;
  throw new Error(
    `${folder} belongs to user ${owner}, but PostgreSQL runs as user ${uid} here. ` +
      `Start as the user who started it first, or mend it with \`chown -R ${uid} ${folder} ${folder}.password\`.`,
  );
}

/** @throws also when it is gone. */
export function requireComplete(folder: string): void {
  if (fs.existsSync(path.join(folder, "PG_VERSION"))) return;
  throw new Error(
    `${folder} is not a complete PostgreSQL data folder (it has no PG_VERSION). Restore it from a backup, or move it away to start empty.`,
  );
}

function readPassword(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : "";
}
