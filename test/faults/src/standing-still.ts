import { plantAsLoaded } from "./planted/hook.ts";

/*
 * Loaded before a worker process (`node --import`): it stops itself, once, when it has claimed eBay's listings and is about to
 * push them. From outside nobody can stop it just there: a worker that waits for something heeds its deadlines first when
 * it goes on.
 */

const FILE = "apps/worker/src/push/lane.ts";
const PUSH = "async function push(claims: readonly Claim[], turn: Turn): Promise<void> {";
const STOP = `
    if (open.channel.kind === "ebay" && !globalThis.hasStoodStill) {
      globalThis.hasStoodStill = true;
      process.stdout.write("stands still\\n");
      process.kill(process.pid, "SIGSTOP");
    }`;

plantAsLoaded({ name: "stands still", changes: [{ file: FILE, piece: PUSH, instead: PUSH + STOP }] });
