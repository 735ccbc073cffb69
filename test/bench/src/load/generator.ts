import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { Load, LoadResult } from "./load.ts";

/** The load generator: a process of its own, the same for whatever is measured. */
export interface Generator {
  run(load: Load): Promise<LoadResult>;
  stop(): Promise<void>;
}

export function startGenerator(): Generator {
  const child = fork(path.join(import.meta.dirname, "generator-process.ts"));
  return {
    async run(load) {
      child.send(load);
      const answer = await answerOf(child);
      if ("error" in answer) throw new Error(`the load on ${load.url} failed: ${answer.error}`);
      return answer.result;
    },
    async stop() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}

async function answerOf(child: ChildProcess): Promise<{ result: LoadResult } | { error: string }> {
  const ended = new AbortController();
  const exit = () => ended.abort(new Error("the load generator ended"));
  child.once("exit", exit);
  try {
    const [answer] = await once(child, "message", { signal: ended.signal });
    return answer;
  } finally {
    child.off("exit", exit);
  }
}
