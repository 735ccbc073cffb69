/** Stops processes where they are: they keep their connections, take what is asked of them, and answer nothing. */
export interface Freezer {
  freeze(pids: readonly number[]): void;
  /** Lets all go on that were frozen. */
  letGo(): void;
}

export function createFreezer(): Freezer {
  let frozen: readonly number[] = [];
  return {
    freeze(pids) {
      frozen = [...frozen, ...pids];
      signalAll(pids, "SIGSTOP");
    },
    letGo() {
      signalAll(frozen, "SIGCONT");
      frozen = [];
    },
  };
}

function signalAll(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // A server's connection that had ended already.
    }
  }
}
