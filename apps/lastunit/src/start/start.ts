import { createLogger, readEnvironment, type Environment, type Role } from "@lastunit/config";
import { openDatabases } from "./databases.ts";
import { layGround, runGateway, runHub, runLedger, runWorker, type Ground, type Setting } from "./parts.ts";
import { readSecrets } from "./secrets.ts";
import { Shutdown } from "./shutdown.ts";

/** What runs in this process. */
export interface Running {
  readonly setting: Setting;
  /** Addresses of what listens here, by part. */
  readonly urls: { readonly ledger?: string; readonly gateway?: string };
  /** Absent for the ledger alone. */
  readonly ground?: Ground;
  stop(): Promise<void>;
}

/**
 * Starts one part, or all in one process. When anything fails, what had been started is stopped again.
 *
 * @throws {EnvironmentError} before anything is started.
 */
export async function start(
  role: Role,
  environment: Environment = readEnvironment(process.env, role),
): Promise<Running> {
  const log = createLogger({ name: "lastunit", level: environment.LOG_LEVEL });
  const shutdown = new Shutdown(log);
  const stop = () => shutdown.run();
  try {
    const setting: Setting = { environment, secrets: readSecrets(environment), log, shutdown };
    return { setting, stop, ...(await startParts(role, setting)) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(role: Role, setting: Setting): Promise<Pick<Running, "urls" | "ground">> {
  switch (role) {
    case "all": {
      const databases = await openDatabases(setting.environment, setting.log);
      setting.shutdown.add("databases", () => databases.stop());
      const ledger = await runLedger(setting, databases.ledgerUrl);
      const ground = await layGround(setting, { ledger, store: databases.storeUrl });
      await runHub(setting, ground);
      await runWorker(setting, ground);
      return { ground, urls: { ledger, gateway: await runGateway(setting, ground) } };
    }
    case "ledger": {
      const databases = await openLedgerDatabase(setting);
      return { urls: { ledger: await runLedger(setting, databases) } };
    }
    case "hub":
    case "worker":
    case "gateway": {
      const ground = await layGround(setting, remoteUrls(setting.environment));
      if (role === "gateway") return { ground, urls: { gateway: await runGateway(setting, ground) } };
      await (role === "hub" ? runHub : runWorker)(setting, ground);
      return { ground, urls: {} };
    }
  }
}

async function openLedgerDatabase({ environment, log, shutdown }: Setting): Promise<string> {
  if (environment.LEDGER_DATABASE_URL !== undefined) return environment.LEDGER_DATABASE_URL;
  const databases = await openDatabases(environment, log);
  shutdown.add("databases", () => databases.stop());
  return databases.ledgerUrl;
}

/** The environment's check has seen that both are set. */
function remoteUrls({ LEDGER_URL, STORE_DATABASE_URL }: Environment): { ledger: string; store: string } {
  if (LEDGER_URL === undefined || STORE_DATABASE_URL === undefined) throw new Error("the environment was not checked");
  return { ledger: LEDGER_URL, store: STORE_DATABASE_URL };
}
