import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { outputOf, refusalOf } from "./lastunit.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describe("the command line", () => {
  it("runs as `npx lastunit` in the project and lists its commands", async () => {
    const PATH = `${path.dirname(process.execPath)}:${process.env["PATH"] ?? ""}`;
    const options = { cwd: root, env: { ...process.env, PATH } };
    const { stdout } = await promisify(execFile)("npx", ["--no-install", "lastunit", "--help"], options);
    expect(stdout).toMatch(/^Usage: lastunit \[options\] \[command\]\n/);
    for (const name of ["start", "demo", "simulate", "token", "connect", "status", "audit", "replay"]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} .*\\S$`, "m"));
    }
  });

  it.each([
    { name: "start", explains: ["[part]", '"all", "ledger", "hub", "worker", "gateway"'] },
    { name: "demo", explains: ["--exit", "--json", "--seed"] },
    { name: "simulate", explains: ["--channel", "--port", "--scale-limits", "--faults"] },
    { name: "token", explains: ["[merchant]", "--label", "--operator"] },
    { name: "connect", explains: ["<kind>", "--merchant", "--location", "--map", "--from", "--consent"] },
    { name: "status", explains: ["--merchant", "--json"] },
    { name: "audit", explains: ["--json"] },
    { name: "keys", explains: ["new", "rotate"] },
    { name: "replay", explains: ["--apply", "--store", "--despite-broken-chain"] },
  ])("explains $name", async ({ name, explains }) => {
    const stdout = await outputOf([name, "--help"], {});
    expect(stdout).toContain(`Usage: lastunit ${name}`);
    for (const one of explains) expect(stdout).toContain(one);
  });

  it.each([
    { args: ["strat"], says: /^error: unknown command 'strat'\n\(Did you mean start\?\)\n$/ },
    { args: ["status", "--jsn"], says: /^error: unknown option '--jsn'\n\(Did you mean --json\?\)\n$/ },
    {
      args: ["start", "warehouse"],
      says: /'warehouse' is invalid.*Allowed choices are all, ledger, hub, worker, gateway/,
    },
    { args: ["demo", "--seed", "abc"], says: /'abc' is invalid\. It must be a whole number, such as 7\.\n$/ },
    { args: ["demo", "--seed", "-1"], says: /It must be a whole number/ },
    { args: ["status", "acme"], says: /^error: too many arguments for 'status'/ },
    { args: ["health", "gateway"], says: /'gateway' is invalid.*Allowed choices are hub, worker/ },
    { args: ["import", "shopify:acme"], says: /^error: required option '--merchant <id>' not specified\n$/ },
    { args: ["connect", "--merchant", "acme"], says: /^error: missing required argument 'kind'\n$/ },
  ])("refuses $args", async ({ args, says }) => {
    const stderr = await refusalOf(args, {});
    expect(stderr).toMatch(says);
  });
});
