import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { newDataFolder, occupyPort, postgresOn, runLastunit, startLastunit } from "./lastunit.ts";

const isRoot = process.getuid?.() === 0;
/** Somebody who owns nothing, when we can become him. */
const NOBODY = isRoot ? { uid: 65_534 } : {};

const start = (folder: string, options = {}) =>
  runLastunit(["start"], { DATA_DIR: folder, PORT: "0", LEDGER_PORT: "0" }, options);

describe("a data folder", () => {
  const folder = newDataFolder();
  const inside = (name: string) => path.join(folder, name);

  async function startAndStop(): Promise<void> {
    const running = await startLastunit({ DATA_DIR: folder });
    running.signal("SIGTERM");
    expect(await running.exited).toBe(0);
    expect(running.stderr()).toBe("");
  }

  /** Starts on it, which must fail with nothing left behind, and returns why. */
  async function refusal(): Promise<string> {
    const { code, stdout, stderr } = await start(folder);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(postgresOn(folder)).toEqual([]);
    return stderr;
  }

  /** For this test alone. */
  function moveAway(name: string): void {
    fs.renameSync(inside(name), inside("moved"));
    onTestFinished(() => fs.renameSync(inside("moved"), inside(name)));
  }

  function overwrite(name: string, content: string): void {
    const before = fs.readFileSync(inside(name));
    fs.writeFileSync(inside(name), content);
    onTestFinished(() => fs.writeFileSync(inside(name), before));
  }

  beforeAll(async () => {
    fs.mkdirSync(inside("postgres.new-4711/base"), { recursive: true });
    await startAndStop();
  });

  it("is cleared of what a start that was killed left half-made", () => {
    expect(fs.readdirSync(folder).sort()).toEqual(["instance.lock", "postgres", "postgres.password", "secrets.json"]);
  });

  it("keeps its secrets to its owner", () => {
    expect(fs.statSync(inside("secrets.json")).mode & 0o077).toBe(0);
    expect(fs.statSync(inside("postgres.password")).mode & 0o077).toBe(0);
  });

  it("without PG_VERSION is refused", async () => {
    moveAway("postgres/PG_VERSION");
    expect(await refusal()).toMatch(
      /postgres is not a complete PostgreSQL data folder .*Restore it from a backup.*\n$/,
    );
  });

  it("without PostgreSQL's password is refused", async () => {
    moveAway("postgres.password");
    expect(await refusal()).toMatch(/postgres\.password is missing or empty.*Restore it from a backup.*\n$/);
  });

  it("with another password is refused", async () => {
    overwrite("postgres.password", "another");
    expect(await refusal()).toMatch(
      /^PostgreSQL does not accept the password in postgres\.password .*restore that file.*\n$/,
    );
  });

  it.runIf(isRoot)("whose PostgreSQL belongs to another user is refused with the mend", async () => {
    const cluster = inside("postgres");
    const { uid, gid } = fs.statSync(cluster);
    fs.chownSync(cluster, 65_534, 65_534);
    onTestFinished(() => fs.chownSync(cluster, uid, gid));
    expect(await refusal()).toMatch(/postgres belongs to user 65534, but PostgreSQL runs as user .*`chown -R .*\n$/);
  });

  it("of another version of PostgreSQL is refused with PostgreSQL's own words", async () => {
    overwrite("postgres/PG_VERSION", "9\n");
    expect(await refusal()).toMatch(/^PostgreSQL can't start on .*\n.*incompatible with server/);
  });

  it.each(["", '{"keys":"AAAA', '{"keys":"AAAA","serviceToken":"lu_service_0123456789"}'])(
    "with secrets.json damaged to %j is refused",
    async (content) => {
      overwrite("secrets.json", content);
      expect(await refusal()).toMatch(/secrets\.json is damaged. Restore it from a backup.*\n$/);
    },
  );

  it("with the lock of a killed PostgreSQL starts, also when its process id and port are another program's by now", async () => {
    const cluster = inside("postgres");
    const { uid, gid } = fs.statSync(cluster);
    const other = spawn("sleep", ["60"], { uid, gid });
    onTestFinished(async () => {
      other.kill();
      await once(other, "exit");
    });
    const { port, free } = await occupyPort();
    onTestFinished(free);
    const lock = path.join(cluster, "postmaster.pid");
    fs.writeFileSync(
      lock,
      [other.pid, cluster, 1_700_000_000, port, "", "127.0.0.1", "  5432001  0", "ready"].join("\n"),
    );
    fs.chownSync(lock, uid, gid);
    await startAndStop();
    expect(other.exitCode).toBeNull();
  });
});

describe("a data folder that can't be made", () => {
  it("because it is a file is refused", async () => {
    const folder = newDataFolder();
    fs.writeFileSync(folder, "");
    const { code, stderr } = await start(folder);
    expect(code).toBe(1);
    expect(stderr).toBe(`The data folder ${folder} is a file. Move it away, or choose a folder with DATA_DIR.\n`);
  });

  it("because the place is not ours to write is refused", async () => {
    const folder = newDataFolder();
    fs.chmodSync(path.dirname(folder), 0o555);
    const { code, stderr } = await start(folder, NOBODY);
    expect(code).toBe(1);
    expect(stderr).toContain(`The data folder ${folder} can't be written (EACCES: `);
    expect(stderr).toContain("choose another with DATA_DIR.\n");
  });

  // Only Linux has a folder in which nobody can make one.
  it.runIf(process.platform === "linux").each(["/proc/nope", "/proc/nope/deeper/data"])(
    "because there can be none is refused at once: %s",
    async (folder) => {
      const { code, stdout, stderr } = await start(folder);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(
        /^The data folder \/proc\/nope\S* can't be written \(ENOENT: .*\)\. Mend its mode or owner, or choose another with DATA_DIR\.\n$/,
      );
    },
  );

  it.runIf(isRoot)("because user postgres can't go there names the closed folder and the mend", async () => {
    const folder = newDataFolder();
    const closed = path.dirname(folder);
    fs.chmodSync(closed, 0o700);
    const { code, stderr } = await start(folder);
    expect(code).toBe(1);
    expect(stderr).toContain(`that user can't enter ${closed}. `);
    expect(stderr).toContain(`\`chmod o+x ${closed}\``);
    expect(fs.existsSync(path.join(folder, "postgres"))).toBe(false);
  });
});
