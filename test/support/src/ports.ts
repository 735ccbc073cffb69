import { freePort as freePortAmong, STEADY_PORTS } from "@lastunit/config";

/** Test files that run side by side draw from shares of their own: a port is often given long before it is listened on. */
const SHARES = 8;
const count = Math.floor(STEADY_PORTS.count / SHARES);
const first = STEADY_PORTS.first + (Number(process.env["VITEST_POOL_ID"] ?? 0) % SHARES) * count;

/** A free port that no other test is given. */
export const freePort = (): Promise<number> => freePortAmong({ first, count });
