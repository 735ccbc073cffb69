export { planDeployment, type Deployment } from "./deployment.ts";
export { startPart, type Part, type PartProcess } from "./part-process.ts";
export { freePort } from "./ports.ts";
export { startTestPostgres, type TestPostgres } from "./postgres.ts";
export { startTestRedis, type TestRedis } from "./redis.ts";
export { connectShop, converged, type Shop } from "./shops.ts";
export { makeTemporaryFolder, type TemporaryFolder } from "./temporary-folder.ts";
export { until } from "./until.ts";
