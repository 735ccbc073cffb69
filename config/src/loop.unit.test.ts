import { Writable } from "node:stream";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { loop } from "./loop.ts";

/** Runs a loop whose nth run fails with the nth message, or does not where it is null, and gives back what it logged. */
async function loggedBy(messages: readonly (string | null)[]): Promise<string[]> {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const line: { msg: string; error?: string; failures?: number } = JSON.parse(chunk.toString());
      lines.push(line.error ?? `${line.msg} after ${line.failures} failures`);
      done();
    },
  });
  const ending = new AbortController();
  let runs = 0;
  async function run(): Promise<void> {
    const message = messages[runs] ?? null;
    runs += 1;
    if (runs === messages.length) ending.abort();
    if (message !== null) throw new Error(message);
  }
  await loop({ name: "test", everyMs: 0, run }, pino(stream), ending.signal);
  return lines;
}

describe("a loop whose task fails", () => {
  it("tells the first failure of a row, and the recovery", async () => {
    expect(await loggedBy(["away", "away", null, null])).toEqual(["away", "works again after 2 failures"]);
  });

  it("tells again when the failure is another one (a hub whose ledger came up behind it never said so)", async () => {
    expect(await loggedBy(["away", "position ahead", "position ahead", "away", null])).toEqual([
      "away",
      "position ahead",
      "away",
      "works again after 4 failures",
    ]);
  });

  it("tells the same failure again when it comes back after a recovery", async () => {
    expect(await loggedBy(["away", null, "away", null])).toEqual([
      "away",
      "works again after 1 failures",
      "away",
      "works again after 1 failures",
    ]);
  });

  it("tells nothing of a run that fails because it was asked to stop", async () => {
    expect(await loggedBy([null, "aborted"])).toEqual([]);
  });
});
