export { freePort } from "./ports.ts";
export { startTestPostgres, type TestPostgres } from "./postgres.ts";
export { startTestRedis, type TestRedis } from "./redis.ts";
export { until } from "./until.ts";
