import { beforeAll, describe, expect, it } from "vitest";
import {
  newDataFolder,
  postgresOn,
  runLastunit,
  spawnLastunit,
  startLastunit,
  type RunningLastunit,
} from "./lastunit.ts";

const refusalOf = (folder: string) =>
  `Another Lastunit is running on the data folder ${folder}. Stop it first, or give this one a folder of its own with DATA_DIR.\n`;

const isReady = async (url: string) => (await fetch(`${url}/health/ready`)).ok;

describe("a second Lastunit on the same data folder", () => {
  const folder = newDataFolder();
  let first: RunningLastunit;
  let postgres: number[];
  beforeAll(async () => {
    first = await startLastunit({ DATA_DIR: folder });
    postgres = postgresOn(folder);
  });

  it.each([[["start"]], [["start", "ledger"]]])("is refused (%j), and the first goes on undisturbed", async (args) => {
    const { code, stdout, stderr } = await runLastunit(args, { DATA_DIR: folder, PORT: "0", LEDGER_PORT: "0" });
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: "", stderr: refusalOf(folder) });
    expect(postgresOn(folder)).toEqual(postgres);
    expect(await isReady(first.ledger)).toBe(true);
    expect(await isReady(first.gateway)).toBe(true);
    expect(first.stderr()).toBe("");
  });

  it("is told so rather than that the ports are in use", async () => {
    const [PORT, LEDGER_PORT] = [first.gateway, first.ledger].map((url) => new URL(url).port);
    const { stderr } = await runLastunit(["start"], {
      DATA_DIR: folder,
      PORT: PORT ?? "",
      LEDGER_PORT: LEDGER_PORT ?? "",
    });
    expect(stderr).toBe(refusalOf(folder));
  });
});

describe("two that start on a new data folder at the same moment", () => {
  it("become one that lives and one that is refused", async () => {
    const folder = newDataFolder();
    const variables = { DATA_DIR: folder, PORT: "0", LEDGER_PORT: "0" };
    const both = [spawnLastunit(["start"], variables), spawnLastunit(["start"], variables)];
    const loser = await Promise.race(both.map(async (one) => one.exited.then(() => one)));
    expect({ code: await loser.exited, stderr: loser.stderr() }).toEqual({ code: 1, stderr: refusalOf(folder) });
    const [winner] = both.filter((one) => one !== loser);
    const [, ledger = ""] = (await winner?.says(/ledger +(http:\S+)\/docs/)) ?? [];
    await winner?.says(/Ctrl-C stops everything/);
    expect(await isReady(ledger)).toBe(true);
    expect(winner?.stderr()).toBe("");
    expect(postgresOn(folder)).toHaveLength(1);
    winner?.signal("SIGINT");
    expect(await winner?.exited).toBe(0);
    expect(postgresOn(folder)).toEqual([]);
  });
});
