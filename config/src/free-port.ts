import { once } from "node:events";
import net from "node:net";

/** Below those that systems give to outgoing connections (Linux: from 32768 on), which come and go all the time. */
export const STEADY_PORTS = { first: 15_000, count: 17_000 };

/** A port is often given long before it is listened on: each process goes on from the one that it gave last. */
let next = Math.floor(Math.random() * STEADY_PORTS.count);

/**
 * A port on loopback that nothing listens on, and that no outgoing connection takes: what listened on it can do so again
 * after it was away.
 */
export async function freePort({ first, count } = STEADY_PORTS): Promise<number> {
  for (;;) {
    const port = first + (next % count);
    next += 1;
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = net.createServer().listen(port, "127.0.0.1");
  try {
    await once(probe, "listening");
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return false;
    throw error;
  } finally {
    await new Promise((resolve) => probe.close(resolve));
  }
}
