import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { z } from "zod";
import { Sent, type Sending } from "./sending.ts";

/** The process that sends deliveries, the same to whatever is measured. */
export interface DeliverySender {
  send(sending: Sending): Promise<Sent>;
  stop(): Promise<void>;
}

const Answer = z.union([z.object({ sent: Sent }), z.object({ error: z.string() })]);

export function startSender(): DeliverySender {
  const child = fork(path.join(import.meta.dirname, "sender-process.ts"));
  return {
    async send(sending) {
      child.send(sending);
      const answer = Answer.parse(await messageOf(child));
      if ("error" in answer) throw new Error(`sending to ${sending.sender.url} failed: ${answer.error}`);
      return answer.sent;
    },
    stop: () => end(child),
  };
}

/** The baseline, on an empty database of its own. */
export async function startPlainInbox(databaseUrl: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const child = fork(path.join(import.meta.dirname, "plain-inbox-process.ts"), [databaseUrl]);
  return { url: z.string().parse(await messageOf(child)), stop: () => end(child) };
}

async function messageOf(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  const exit = () => ended.abort(new Error("a process of the benchmark ended"));
  child.once("exit", exit);
  try {
    const [message] = await once(child, "message", { signal: ended.signal });
    return message;
  } finally {
    child.off("exit", exit);
  }
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.disconnect();
  await exited;
}
