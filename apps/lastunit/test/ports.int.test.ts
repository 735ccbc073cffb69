import fs from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newDataFolder, occupyPort, postgresOn, refusalOf, runLastunit } from "./lastunit.ts";

describe("a port in use", () => {
  let taken: Awaited<ReturnType<typeof occupyPort>>;
  beforeAll(async () => {
    taken = await occupyPort();
  });
  afterAll(() => taken.free());

  const sentence = (variable: string) =>
    `Port ${taken.port} is in use: stop what listens there, or choose another with ${variable}.\n`;

  it.each([
    { variable: "PORT", args: ["start"] },
    { variable: "LEDGER_PORT", args: ["start"] },
    { variable: "LEDGER_PORT", args: ["start", "ledger"] },
  ])("is said with $variable by `$args`, before PostgreSQL is started", async ({ variable, args }) => {
    const folder = newDataFolder();
    const variables = { DATA_DIR: folder, PORT: "0", LEDGER_PORT: "0", [variable]: String(taken.port) };
    const { code, stdout, stderr } = await runLastunit(args, variables);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: "", stderr: sentence(variable) });
    expect(fs.existsSync(`${folder}/postgres`)).toBe(false);
  });

  it("is said for both ports at once, also when they were given the same", async () => {
    const both = { PORT: String(taken.port), LEDGER_PORT: String(taken.port) };
    const { code, stderr } = await runLastunit(["start"], { DATA_DIR: newDataFolder(), ...both });
    expect({ code, stderr }).toEqual({ code: 1, stderr: sentence("LEDGER_PORT") + sentence("PORT") });

    taken.free();
    const same = await runLastunit(["start"], { DATA_DIR: newDataFolder(), ...both });
    taken = await occupyPort();
    expect(same.code).toBe(1);
    expect(same.stderr).toMatch(/^Port \d+ is in use: .* with PORT\.\n$/);
  });

  it("of a simulator is said in one sentence by the demo, which leaves nothing behind", async () => {
    const folder = newDataFolder();
    const stderr = await refusalOf(["demo", "--exit"], {
      DATA_DIR: folder,
      PORT: "0",
      LEDGER_PORT: "0",
      SIMULATOR_PORTS: JSON.stringify({ ebay: taken.port }),
    });
    const [progress, ...said] = stderr.split("\n");
    expect(progress).toContain("Starting PostgreSQL");
    expect(said.join("\n")).toMatch(/^Port \d+ is in use: .* SIMULATOR_PORTS \(simulated channels\) .*\n$/);
    expect(postgresOn(folder)).toEqual([]);
  });

  it("of the gateway is said by the demo too, which stops its simulators", async () => {
    const folder = newDataFolder();
    const variables = { DATA_DIR: folder, PORT: String(taken.port), LEDGER_PORT: "0" };
    const { code, stderr } = await runLastunit(["demo", "--exit"], variables);
    expect(code).toBe(1);
    expect(stderr).toContain(sentence("PORT"));
    expect(postgresOn(folder)).toEqual([]);
  });
});
