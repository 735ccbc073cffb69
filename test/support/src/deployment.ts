import { randomBytes } from "node:crypto";
import { startPart, type Part, type PartProcess } from "./part-process.ts";
import { freePort } from "./ports.ts";
import { makeTemporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

/** The product as processes, on servers of the test's own. */
export interface Deployment {
  readonly ledgerUrl: string;
  readonly gatewayUrl: string;
  /** The operator's token. */
  readonly serviceToken: string;
  /** Starts parts side by side, also again after they ended. */
  start(...parts: readonly Part[]): Promise<void>;
  /** The same for one part, with more variables. */
  startWith(more: { readonly [name: string]: string }, part: Part): Promise<void>;
  /** The running process of a part. @throws when it was never started. */
  part(part: Part): PartProcess;
  /** Calls the gateway as the operator, in the name of a merchant. @throws with the answer when it is not a 2xx. */
  gateway<T>(
    method: string,
    path: string,
    request?: { readonly merchantId?: string; readonly body?: object },
  ): Promise<T>;
  /** `until`, whose failure also tells what the parts wrote. */
  until: typeof until;
  /** Stops every part. */
  stop(): Promise<void>;
}

/** Chooses ports, keys and tokens; starts nothing yet. */
export async function planDeployment(options: {
  readonly ledgerDatabaseUrl: string;
  readonly storeDatabaseUrl: string;
  /** Absent: jobs are kept in PostgreSQL. */
  readonly redisUrl?: string | undefined;
  /** The simulators. */
  readonly channels: readonly { readonly kind: string; readonly url: string }[];
}): Promise<Deployment> {
  const dataDir = makeTemporaryFolder("deployment");
  const [port, ledgerPort] = [await freePort(), await freePort()];
  const ledgerUrl = `http://127.0.0.1:${ledgerPort}`;
  const gatewayUrl = `http://127.0.0.1:${port}`;
  const serviceToken = randomBytes(16).toString("hex");
  const environment = {
    DATA_DIR: dataDir.path,
    LEDGER_DATABASE_URL: options.ledgerDatabaseUrl,
    STORE_DATABASE_URL: options.storeDatabaseUrl,
    REDIS_URL: options.redisUrl ?? "",
    LEDGER_URL: ledgerUrl,
    LEDGER_PORT: String(ledgerPort),
    PORT: String(port),
    LASTUNIT_KEYS: randomBytes(32).toString("base64"),
    LEDGER_SERVICE_TOKEN: serviceToken,
    CHANNEL_ENDPOINTS: JSON.stringify(Object.fromEntries(options.channels.map(({ kind, url }) => [kind, url]))),
    LOG_LEVEL: "warn",
  };
  const processes = new Map<Part, PartProcess>();

  function part(name: Part): PartProcess {
    const running = processes.get(name);
    if (!running) throw new Error(`the ${name} was not started`);
    return running;
  }

  async function startWith(more: { readonly [name: string]: string }, name: Part): Promise<void> {
    processes.set(name, await startPart(name, { ...environment, ...more }));
  }

  return {
    ledgerUrl,
    gatewayUrl,
    serviceToken,
    part,
    async start(...parts) {
      await Promise.all(parts.map((name) => startWith({}, name)));
    },
    startWith,
    async gateway<T>(method: string, url: string, { merchantId, body }: { merchantId?: string; body?: object } = {}) {
      const response = await fetch(gatewayUrl + url, {
        method,
        headers: {
          authorization: `Bearer ${serviceToken}`,
          ...(merchantId !== undefined && { "lastunit-merchant": merchantId }),
          ...(body && { "content-type": "application/json" }),
        },
        body: body ? JSON.stringify(body) : null,
      });
      const answer = await response.text();
      if (!response.ok) throw new Error(`the gateway answered ${method} ${url} with ${response.status}: ${answer}`);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a test reads of it, it asserts
      return (answer === "" ? undefined : JSON.parse(answer)) as T;
    },
    async until(description, condition, waiting) {
      try {
        return await until(description, condition, waiting);
      } catch (error) {
        const told = [...processes].map(([name, running]) => `--- ${name}\n${running.output()}`);
        if (error instanceof Error) error.message = [error.message, ...told].join("\n");
        throw error;
      }
    },
    async stop() {
      await Promise.all([...processes.values()].map((running) => running.stop()));
      dataDir.remove();
    },
  };
}
