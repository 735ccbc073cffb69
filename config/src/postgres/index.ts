export { isDatabaseAway } from "./away.ts";
export { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded.ts";
export { migrate } from "./migrate.ts";
export { createPool, ensureDatabase, valueTypes } from "./pool.ts";
