import { runner } from "node-pg-migrate";
import type { Logger } from "../logger.ts";
import { withClient } from "./client.ts";

/**
 * Brings a database to the newest schema: the numbered `.sql` files of `directory`, forward only, one transaction each,
 * remembered in `schema_migration`. Processes that start together wait for each other.
 */
export async function migrate(options: {
  readonly connectionString: string;
  readonly directory: string;
  readonly log: Logger;
}): Promise<void> {
  const logger = {
    debug: () => undefined,
    info: (message: string) => options.log.debug(message),
    warn: (message: string) => options.log.warn(message),
    // It throws them as well.
    error: (message: string) => options.log.debug(message),
  };
  await withClient(options.connectionString, (dbClient) =>
    runner({
      dbClient,
      dir: options.directory,
      direction: "up",
      migrationsTable: "schema_migration",
      singleTransaction: false,
      advisoryLockMode: "wait",
      logger,
    }),
  );
}
