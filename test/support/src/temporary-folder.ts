import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { endsWithUs } from "./guard.ts";

/** An empty folder of a test's own, which goes with the test's process at the latest. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

/** @param name a word for what it holds. */
export function makeTemporaryFolder(name: string): TemporaryFolder {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `lastunit-${name}-`));
  const removed = endsWithUs({ folder });
  return {
    path: folder,
    remove() {
      fs.rmSync(folder, { recursive: true, force: true });
      removed();
    },
  };
}
