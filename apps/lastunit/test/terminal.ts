import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { expect, vi } from "vitest";
import { WAIT, type Variables } from "./lastunit.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** Of util-linux, which makes a pseudo terminal; other systems' takes other options. */
const SCRIPT = "/usr/bin/script";

/** Whether a test can have a terminal here. */
export const hasTerminal = process.platform === "linux" && fs.existsSync(SCRIPT);

/** A command that runs on a terminal of its own. */
export interface TerminalProcess {
  /** Waits until the terminal shows it, after what was waited for before. */
  shows(text: string): Promise<void>;
  type(text: string): void;
  /** All that was shown so far, without colours and cursor movements. */
  screen(): string;
  readonly exited: Promise<number | null>;
}

/** Runs the command line on a pseudo terminal. */
export function openTerminal(args: readonly string[], variables: Variables): TerminalProcess {
  const command = [process.execPath, main, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn(SCRIPT, ["--quiet", "--return", "--command", command, "/dev/null"], {
    env: { PATH: process.env["PATH"], TERM: "xterm", LOG_LEVEL: "warn", ...variables },
    cwd: os.tmpdir(),
  });
  let output = "";
  let seen = 0;
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const screen = () => stripVTControlCharacters(output);
  return {
    screen,
    async shows(text) {
      await vi.waitFor(() => expect(screen().slice(seen)).toContain(text), WAIT);
      seen = screen().indexOf(text, seen) + text.length;
    },
    type: (text) => child.stdin.write(text),
    exited: new Promise((resolve) => child.on("close", resolve)),
  };
}
