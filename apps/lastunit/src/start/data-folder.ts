import fs from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { messageOf } from "@lastunit/config";

/**
 * Makes the data folder unless it is there.
 *
 * @throws with a sentence for people when it is no folder, or not ours to write.
 */
export function makeDataFolder(dataDir: string): void {
  const folder = path.resolve(dataDir);
  const found = fs.statSync(folder, { throwIfNoEntry: false });
  if (found && !found.isDirectory()) {
    throw new Error(`The data folder ${folder} is a file. Move it away, or choose a folder with DATA_DIR.`);
  }
  try {
    makeFolders(folder);
    fs.accessSync(folder, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new Error(
      `The data folder ${folder} can't be written (${reason}). Mend its mode or owner, or choose another with DATA_DIR.`,
      { cause },
    );
  }
}

/**
 * One after the other: Node's own `recursive` never ends where the system says ENOENT of a folder whose parent is there,
 * as it does in /proc.
 */
function makeFolders(folder: string): void {
  if (fs.existsSync(folder)) return;
  makeFolders(path.dirname(folder));
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    // Another process may just have made it.
    if (!fs.existsSync(folder)) throw error;
  }
}

const SQLITE_BUSY = 5;

/**
 * Takes the data folder for this process alone. The system itself ends the lock with the process, however that ends;
 * SQLite's file lock is the one Node brings for every platform. Nothing is ever written into the file.
 *
 * @returns what gives the folder free again.
 * @throws when another Lastunit has it.
 */
export function lockDataFolder(dataDir: string): () => void {
  const file = path.resolve(dataDir, "instance.lock");
  try {
    const lock = new DatabaseSync(file);
    lock.exec("begin exclusive");
    return () => lock.close();
  } catch (cause) {
    if (cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_BUSY) {
      throw new Error(
        `Another Lastunit is running on the data folder ${path.dirname(file)}. Stop it first, or give this one a folder of its own with DATA_DIR.`,
        { cause },
      );
    }
    throw new Error(
      `${file} can't be locked (${String(cause)}). Mend its owner and mode, or choose another DATA_DIR.`,
      {
        cause,
      },
    );
  }
}
