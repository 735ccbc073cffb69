import { spawn } from "node:child_process";
import net from "node:net";

/**
 * Waits at its stdin for the word that all was stopped in good order. When the pipe closes without it, the process at the
 * other end is gone: then the process group named in a file ($1), or the process of an id ($2), is killed, and a folder
 * ($3) is removed. A server that was only just being started has no file yet, so it looks again for two seconds.
 */
const WATCH = `
  read -r stopped && exit
  for look in 1 2 3 4 5 6 7 8; do
    [ -n "$1" ] || break
    leader=$(head -n 1 "$1" 2>/dev/null) && kill -s QUIT -- "-$leader" 2>/dev/null
    sleep 0.25
  done
  [ -z "$2" ] || kill -s KILL "$2" 2>/dev/null
  [ -z "$3" ] || rm -rf "$3"
`;

/**
 * Ends what a test started together with the test's process, however that ends: a killed test run must leave no servers
 * and no folders behind. A shell watches, as a killed process can't.
 *
 * @param ours.processFile where a server writes its id, which is also its process group's; it may come and go.
 * @param ours.folder removed last.
 * @returns what to call once all of it was ended in good order.
 */
export function endsWithUs(ours: {
  readonly processFile?: string;
  readonly pid?: number | undefined;
  readonly folder?: string;
}): () => void {
  const { processFile = "", pid = "", folder = "" } = ours;
  const watch = spawn("sh", ["-c", WATCH, "lastunit-test-guard", processFile, String(pid), folder], {
    // In a process group of its own: who kills a test run by its group must not hit the guard as well.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watch.unref();
  watch.stdin.on("error", () => undefined);
  if (watch.stdin instanceof net.Socket) watch.stdin.unref();
  return () => void watch.stdin.end("stopped\n");
}
