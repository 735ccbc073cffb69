import { once } from "node:events";
import net from "node:net";

/** Below those that systems give to outgoing connections (Linux: from 32768 on), which come and go all the time. */
const FIRST_PORT = 15_000;
const PORTS = 17_000;
/** A port is often given long before it is listened on: test files that run side by side draw from shares of their own. */
const SHARES = 8;
const SHARE = Math.floor(PORTS / SHARES);

const first = FIRST_PORT + (Number(process.env["VITEST_POOL_ID"] ?? 0) % SHARES) * SHARE;
let next = Math.floor(Math.random() * SHARE);

/** A port on loopback that nothing listens on, that is given once, and that no connection of another process takes meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = first + (next % SHARE);
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
