import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { newDataFolder, postgresOn, spawnLastunit, startLastunit, WAIT, type LastunitProcess } from "./lastunit.ts";

/** Sends a signal again and again until the process has ended. */
async function insist(process: LastunitProcess, name: NodeJS.Signals): Promise<number | null> {
  let hasEnded = false;
  void process.exited.then(() => (hasEnded = true));
  await vi.waitFor(
    () => {
      if (!hasEnded) process.signal(name);
      expect(hasEnded).toBe(true);
    },
    { ...WAIT, interval: 100 },
  );
  return process.exited;
}

/** What is made of PostgreSQL's folder so far; as a rule it is half-made, unless this process had not its turn for long. */
function clusterIn(folder: string): string[] {
  const [name] = fs.readdirSync(folder).filter((one) => /^postgres(\.new-\d+)?$/.test(one));
  return name === undefined ? [] : fs.readdirSync(path.join(folder, name));
}

describe("stopping", () => {
  const folder = newDataFolder();

  it.each(["SIGINT", "SIGTERM"] as const)(
    "by %s ends everything within 10 s, says no more, and is no failure",
    async (name) => {
      const running = await startLastunit({ DATA_DIR: folder });
      const before = performance.now();
      running.signal(name);
      expect(await running.exited).toBe(0);
      expect(performance.now() - before).toBeLessThan(10_000);
      expect(running.stdout()).toMatch(/Ctrl-C stops everything\nStopping…\n$/);
      expect(running.stderr()).toBe("");
      expect(postgresOn(folder)).toEqual([]);
    },
  );

  it("by one Ctrl-C that npm passes on a second time is clean", async () => {
    const running = await startLastunit({ DATA_DIR: folder });
    running.signal("SIGINT");
    // Two of the same that come at once are one to the system.
    running.signal("SIGTERM");
    expect(await running.exited).toBe(0);
    expect(postgresOn(folder)).toEqual([]);
  });

  it("takes no longer than the user's patience: a second Ctrl-C ends it at once, and PostgreSQL with it", async () => {
    const running = await startLastunit({ DATA_DIR: folder });
    const [postgres = 0] = postgresOn(folder);
    process.kill(postgres, "SIGSTOP");
    try {
      expect(await insist(running, "SIGINT")).toBe(130);
    } finally {
      process.kill(postgres, "SIGCONT");
    }
    await vi.waitFor(() => expect(postgresOn(folder)).toEqual([]), WAIT);
    expect(running.stderr()).toBe("");
  });

  it("while it is still starting waits for the start and leaves a folder that is whole", async () => {
    const fresh = newDataFolder();
    const starting = spawnLastunit(["start"], { DATA_DIR: fresh, PORT: "0", LEDGER_PORT: "0" });
    await vi.waitFor(() => expect(clusterIn(fresh)).not.toEqual([]), WAIT);
    starting.signal("SIGINT");
    const code = await starting.exited;
    const said = { stdout: starting.stdout(), stderr: starting.stderr() };
    expect({ code, ...said }).toEqual({ code: 0, stdout: "Stopping…\n", stderr: "" });
    expect(postgresOn(fresh)).toEqual([]);
    expect(fs.existsSync(path.join(fresh, "postgres/PG_VERSION"))).toBe(true);
  });
});

describe("a Lastunit that was killed", () => {
  it("leaves PostgreSQL to the next, which takes it over and ends it in the end", async () => {
    const folder = newDataFolder();
    const killed = await startLastunit({ DATA_DIR: folder });
    const postgres = postgresOn(folder);
    expect(postgres).toHaveLength(1);
    process.kill(killed.pid, "SIGKILL");
    await killed.exited;
    expect(postgresOn(folder)).toEqual(postgres);

    const next = await startLastunit({ DATA_DIR: folder });
    expect(postgresOn(folder)).toEqual(postgres);
    next.signal("SIGINT");
    expect(await next.exited).toBe(0);
    expect(next.stderr()).toBe("");
    expect(postgresOn(folder)).toEqual([]);
  });
});
