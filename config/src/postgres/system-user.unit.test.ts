import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { requireReachable } from "./system-user.ts";

/** Somebody who owns nothing here. */
const stranger = { uid: 54_321, gid: 54_321 };

describe("a folder that PostgreSQL's user must reach", () => {
  let place: string;
  beforeEach(() => {
    place = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "lastunit-reach-")));
    onTestFinished(() => fs.rmSync(place, { recursive: true }));
    fs.chmodSync(place, 0o755);
    fs.mkdirSync(path.join(place, "closed/data"), { recursive: true });
    fs.chmodSync(path.join(place, "closed/data"), 0o755);
  });

  it("is fine when every folder above lets him through", () => {
    fs.chmodSync(path.join(place, "closed"), 0o711);
    expect(() => requireReachable(path.join(place, "closed/data"), stranger)).not.toThrow();
  });

  it("is refused by the name of the folder that does not, with the mend", () => {
    const closed = path.join(place, "closed");
    fs.chmodSync(closed, 0o700);
    expect(() => requireReachable(path.join(closed, "data"), stranger)).toThrow(`can't enter ${closed}. `);
    expect(() => requireReachable(path.join(closed, "data"), stranger)).toThrow(`\`chmod o+x ${closed}\``);
  });

  it("is fine for the owner, whatever others may", () => {
    const closed = path.join(place, "closed");
    fs.chmodSync(closed, 0o700);
    const { uid, gid } = fs.statSync(closed);
    expect(() => requireReachable(closed, { uid, gid })).not.toThrow();
  });

  it("is looked for where links lead", () => {
    fs.chmodSync(path.join(place, "closed"), 0o700);
    const link = path.join(place, "link");
    fs.symlinkSync(path.join(place, "closed/data"), link);
    expect(() => requireReachable(link, stranger)).toThrow(`can't enter ${path.join(place, "closed")}. `);
  });
});
