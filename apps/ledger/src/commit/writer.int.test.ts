import { describe, expect, it } from "vitest";
import { useLedgerDatabase } from "../../test/fixtures.ts";
import { createLogHeadSignal } from "../log-head.ts";
import { keepWriter } from "./writer.ts";

const its = useLedgerDatabase();
const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;

describe("a writer's connection", () => {
  it("leaves no timer behind when it is closed (it was to be made again in half a second)", async () => {
    const { connectionString, log } = its;
    const kept = keepWriter({ connectionString, log, head: createLogHeadSignal() });
    await kept.connected();
    const before = timers();
    await kept.close();
    expect(timers()).toBe(before);
  });
});
