import { once } from "node:events";
import net from "node:net";

/** Below those that systems give to outgoing connections (Linux: from 32768 on), which come and go all the time. */
const FIRST_PORT = 15_000;
const PORTS = 17_000;

/** A port on loopback that nothing listens on, and that no connection of another process takes meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
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
