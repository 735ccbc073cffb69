import { createLogger, createVault, readEnvironment, type Environment, type Role } from "@lastunit/config";
import { claimDataFolder, startOwnDatabases } from "./databases.ts";
import {
  layGround,
  loadAllParts,
  runGateway,
  runHub,
  runLedger,
  runWorker,
  type Ground,
  type Setting,
} from "./parts.ts";
import { requireFreePorts } from "./ports.ts";
import { openSecrets } from "./secrets.ts";
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

type Started = Pick<Running, "urls" | "ground">;

/**
 * Starts one part, or all in one process. When anything fails, what had been started is stopped again.
 *
 * @throws {EnvironmentError} before anything is started.
 */
export async function start(
  role: Role,
  environment: Environment = readEnvironment(process.env, role),
): Promise<Running> {
  // Read with the environment: keys that are none must show before anything is started.
  if (environment.LASTUNIT_KEYS !== undefined) createVault(environment.LASTUNIT_KEYS);
  const log = createLogger({ name: "lastunit", level: environment.LOG_LEVEL });
  const shutdown = new Shutdown(log);
  const stop = () => shutdown.run();
  try {
    const setting: Setting = { environment, secrets: openSecrets(environment), log, shutdown };
    return { setting, stop, ...(await startParts(role, setting)) };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startParts(role: Role, setting: Setting): Promise<Started> {
  switch (role) {
    case "all":
      return startAll(setting);
    case "ledger":
      return startLedgerAlone(setting);
    case "hub":
    case "worker":
    case "gateway":
      return startBesideLedger(role, setting);
  }
}

async function startAll(setting: Setting): Promise<Started> {
  const { HOST, LEDGER_PORT, PORT, LEDGER_DATABASE_URL: ledgerUrl, STORE_DATABASE_URL: storeUrl } = setting.environment;
  const needsOwn = ledgerUrl === undefined || storeUrl === undefined;
  if (needsOwn) claimDataFolder(setting);
  const vault = createVault(setting.secrets.keys);
  await requireFreePorts(HOST, { LEDGER_PORT, PORT });
  await loadAllParts();
  const databases = needsOwn ? await startOwnDatabases(setting) : { ledger: ledgerUrl, store: storeUrl };
  const ledger = await runLedger(setting, databases.ledger);
  const ground = await layGround(setting, { ledger, store: databases.store });
  await runHub(setting, ground);
  await runWorker(setting, ground, vault);
  return { ground, urls: { ledger, gateway: await runGateway(setting, ground, vault) } };
}

async function startLedgerAlone(setting: Setting): Promise<Started> {
  const { HOST, LEDGER_PORT, LEDGER_DATABASE_URL } = setting.environment;
  if (LEDGER_DATABASE_URL === undefined) claimDataFolder(setting);
  await requireFreePorts(HOST, { LEDGER_PORT });
  const databaseUrl = LEDGER_DATABASE_URL ?? (await startOwnDatabases(setting)).ledger;
  return { urls: { ledger: await runLedger(setting, databaseUrl) } };
}

async function startBesideLedger(role: "hub" | "worker" | "gateway", setting: Setting): Promise<Started> {
  const { HOST, PORT } = setting.environment;
  if (role === "gateway") await requireFreePorts(HOST, { PORT });
  const ground = await layGround(setting, remoteUrls(setting.environment));
  switch (role) {
    case "hub":
      await runHub(setting, ground);
      return { ground, urls: {} };
    case "worker":
      await runWorker(setting, ground, createVault(setting.secrets.keys));
      return { ground, urls: {} };
    case "gateway":
      return { ground, urls: { gateway: await runGateway(setting, ground, createVault(setting.secrets.keys)) } };
  }
}

/** The environment's check has seen that both are set. */
function remoteUrls({ LEDGER_URL, STORE_DATABASE_URL }: Environment): { ledger: string; store: string } {
  if (LEDGER_URL === undefined || STORE_DATABASE_URL === undefined) throw new Error("the environment was not checked");
  return { ledger: LEDGER_URL, store: STORE_DATABASE_URL };
}
