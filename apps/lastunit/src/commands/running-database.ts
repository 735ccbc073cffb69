import fs from "node:fs";
import path from "node:path";
import { readEnvironment } from "@lastunit/config";
import { reaching } from "../start/failure.ts";

const variables = { ledger: "LEDGER_DATABASE_URL", store: "STORE_DATABASE_URL" } as const;

/**
 * Uses a database of the Lastunit that runs: the one the environment names, or that of the PostgreSQL on the data folder.
 *
 * @param use is given the connection string.
 * @throws with a sentence for people when there is none, or it can't be reached.
 */
export async function withDatabase<T>(name: "ledger" | "store", use: (url: string) => Promise<T>): Promise<T> {
  const environment = readEnvironment(process.env, "all");
  const variable = variables[name];
  const named = environment[variable];
  if (named !== undefined) return await reaching(variable, () => use(named));
  try {
    return await use(ownDatabase(path.resolve(environment.DATA_DIR), name));
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ECONNREFUSED"))) {
      throw cause;
    }
    throw new Error(
      `No PostgreSQL runs on the data folder ${path.resolve(environment.DATA_DIR)}. Start Lastunit with: npm start ` +
        `(or set DATA_DIR to the folder it runs on, or ${variable} to the ${name}'s database).`,
      { cause },
    );
  }
}

/** PostgreSQL's own file says where it listens: its port is the fourth line. */
function ownDatabase(folder: string, name: string): string {
  const password = fs.readFileSync(path.join(folder, "postgres.password"), "utf8").trim();
  const port = fs.readFileSync(path.join(folder, "postgres/postmaster.pid"), "utf8").split("\n")[3]?.trim() ?? "";
  return `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${name}`;
}
