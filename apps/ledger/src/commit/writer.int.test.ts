import { fileURLToPath } from "node:url";
import { createLogger } from "@lastunit/config";
import { migrate } from "@lastunit/config/postgres";
import { startTestPostgres, type TestPostgres } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogHeadSignal } from "../log-head.ts";
import { keepWriter } from "./writer.ts";

const log = createLogger({ name: "test", level: "silent" });
let postgres: TestPostgres;
let connectionString: string;

beforeAll(async () => {
  postgres = await startTestPostgres();
  connectionString = await postgres.createDatabase();
  await migrate({ connectionString, directory: fileURLToPath(new URL("../../migrations", import.meta.url)), log });
});
afterAll(() => postgres.stop());

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;

describe("a writer's connection", () => {
  it("leaves no timer behind when it is closed (it was to be made again in half a second)", async () => {
    const kept = keepWriter({ connectionString, log, head: createLogHeadSignal() });
    await kept.connected();
    const before = timers();
    await kept.close();
    expect(timers()).toBe(before);
  });
});
