export { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded.ts";
export { migrate } from "./migrate.ts";
export { createPool, ensureDatabase } from "./pool.ts";
