import { randomBytes } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { freePort } from "@lastunit/config";
import { createLedgerClient, type LedgerClient } from "@lastunit/ledger/client";
import { startShopifySimulator, type SimulatedAccount, type Simulator } from "@lastunit/simulators";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  databaseUrl,
  newDataFolder,
  outputOf,
  placeOf,
  refusalOf,
  runLastunit,
  startLastunit,
  WAIT,
  type RunningLastunit,
  type Variables,
} from "./lastunit.ts";

const folder = newDataFolder();
let simulator: Simulator;
let account: SimulatedAccount;
let running: RunningLastunit;
/** Where the commands find what runs. */
let place: Variables;

beforeAll(async () => {
  simulator = await startShopifySimulator();
  account = await simulator.addAccount({ account: "acme", listings: [{ sku: "MUG", quantity: 1 }] });
  await startAgain();
});

afterAll(async () => {
  await simulator.stop();
});

async function startAgain(): Promise<void> {
  const CHANNEL_ENDPOINTS = JSON.stringify({ shopify: simulator.url });
  // Ports that the system chooses may be another process's as soon as this one has stopped.
  const [PORT, LEDGER_PORT] = [String(await freePort()), String(await freePort())];
  running = await startLastunit({ DATA_DIR: folder, CHANNEL_ENDPOINTS, PORT, LEDGER_PORT });
  place = placeOf(folder, running);
}

async function stop(): Promise<void> {
  running.signal("SIGINT");
  expect({ code: await running.exited, stderr: running.stderr() }).toEqual({ code: 0, stderr: "" });
}

const run = (args: readonly string[], input?: string) => outputOf(args, place, input);

const refusal = (args: readonly string[], input?: string) => refusalOf(args, place, input);

const ledgerOf = (token: string): LedgerClient => createLedgerClient({ url: running.ledger, token });

describe("token", () => {
  it("makes a merchant's token, and another one each time", async () => {
    const tokens = [await run(["token", "acme"]), await run(["token", "acme", "--label", "shop"])].map((one) =>
      one.trim(),
    );
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) expect(await ledgerOf(token).ownerOf(token)).toBe("acme");
  });

  it("shows the operator's, which belongs to no merchant", async () => {
    const token = (await run(["token", "--operator"])).trim();
    expect(await ledgerOf(token).ownerOf(token)).toBeNull();
  });

  it("asks for the merchant, and says what its name may be", async () => {
    expect(await refusal(["token"])).toBe("Name the merchant, for instance: npx lastunit token acme\n");
    expect(await refusal(["token", "ACME & Sons"])).toMatch(/lower-case letters, digits and hyphens/);
  });
});

describe("connect", () => {
  const connect = (...more: string[]) => ["connect", "shopify", "--merchant", "acme", ...more];
  const fields = () => ({ ...account.settings, ...account.credentials });

  it("names the platforms when it does not know one", async () => {
    expect(await refusal(["connect", "etsy", "--merchant", "acme", "--from", "-"], "{}")).toBe(
      "There is no platform etsy. Choose one of: shopify, amazon, ebay, walmart, webhook.\n",
    );
  });

  it("asks for the merchant", async () => {
    expect(await refusal(["connect", "shopify"])).toContain("required option '--merchant <id>' not specified");
  });

  it("names all fields that are missing, each with what it is", async () => {
    const [title, ...missing] = (await refusal(connect("--from", "-"), "{}")).trim().split("\n");
    expect(title).toBe("Shopify also needs:");
    expect(missing.map((line) => /^ {2}- (\w+): \S/.exec(line)?.[1])).toEqual(["shop", "clientSecret"]);
  });

  it("names a field that the platform does not know", async () => {
    const text = JSON.stringify({ ...fields(), colour: "blue" });
    expect(await refusal(connect("--from", "-"), text)).toMatch(/^Shopify has no field colour. It asks for: shop, /);
  });

  it("says what a file must hold, and when there is none", async () => {
    expect(await refusal(connect("--from", "/nowhere.json"))).toBe("There is no file /nowhere.json.\n");
    expect(await refusal(connect("--from", "-"), "shop=acme")).toMatch(/^Standard input must hold one JSON object/);
  });

  it("says when a file can't be read, and when there is nobody to ask", async () => {
    expect(await refusal(connect("--from", path.dirname(folder)))).toMatch(/^\/\S+ can't be read: EISDIR: .*\n$/);
    expect(await refusal(connect())).toBe(
      "There is no terminal to ask on: give the fields of Shopify with --from <file>, or --from -.\n",
    );
  });

  it("passes on why the platform refuses, without a secret", async () => {
    const secret = randomBytes(16).toString("hex");
    const wrong = Object.fromEntries(Object.keys(account.credentials).map((name) => [name, secret]));
    const said = await refusal(connect("--from", "-"), JSON.stringify({ ...fields(), ...wrong }));
    expect(said).toMatch(/^The platform did not accept this connection.\n {2}- \S/);
    expect(said).not.toContain(secret);
  });

  it("connects an account from a file, once", async () => {
    const file = path.join(path.dirname(folder), "acme.json");
    fs.writeFileSync(file, JSON.stringify(fields()));
    const said = await run(connect("--from", file));
    expect(said).toMatch(/^Connected shopify:acme\S* as .+\.\n {2}1 listings imported, 0 can't be synced\n/);
    expect(await refusal(connect("--from", file))).toMatch(/already/);
  });
});

describe("status", () => {
  it("shows the channels, as a table and as JSON, of all merchants or one", async () => {
    expect(await run(["status"])).toMatch(/merchant.*channel.*status.*\n.*\n.*acme.*shopify:acme\S* .*active/);
    expect(JSON.parse(await run(["status", "--json", "--merchant", "acme"]))).toMatchObject({
      channels: [{ merchant_id: "acme", listings: 1 }],
    });
    await run(["token", "newcomer"]);
    expect(await run(["status", "--merchant", "newcomer"])).toMatch(/^No channel is connected yet. Connect one with: /);
    expect(await refusal(["status", "--merchant", "nobody"])).toMatch(/^There is no .*merchant/);
  });
});

describe("a restart", () => {
  it("goes on where it was: stock, reservations, tokens and channels", async () => {
    const token = (await run(["token", "acme"])).trim();
    const at = { sku: "MUG", location_id: "default" };
    const reservation = { reservation_id: "r1", lines: [{ ...at, quantity: 2 }], ttl_seconds: 3_600 };
    const received = {
      ...at,
      event_id: "po:1",
      event_type: "inventory.receiving",
      quantity: 9,
      source: "test",
    } as const;
    const before = ledgerOf(token);
    await before.append("acme", [{ ...received, timestamp: new Date().toISOString() }]);
    const held = await before.reserve("acme", reservation);
    await stop();
    await startAgain();

    const after = ledgerOf(token);
    expect(await after.stock("acme", ["MUG"])).toMatchObject({ stock: [{ on_hand: 9, reserved: 2, available: 7 }] });
    expect(await after.reserve("acme", reservation)).toEqual(held);
    await after.commit("acme", "r1");
    await after.append("acme", [{ ...received, event_id: "po:2", timestamp: new Date().toISOString() }]);
    await vi.waitFor(() => expect(simulator.stock("acme")).toMatchObject([{ sku: "MUG", available: 16 }]), WAIT);
  });
});

describe("audit", () => {
  it("replays the log against the balances and reservations", async () => {
    expect(await run(["audit"])).toMatch(
      /^\d+ events replayed, 1 balances and 1 reservations checked.\nThe books are right.\n$/,
    );
    expect(JSON.parse(await run(["audit", "--json"]))).toMatchObject({ mismatches: [] });
  });
});

describe("replay", () => {
  async function inDatabase(name: string, statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: databaseUrl(folder, name) });
    await client.connect();
    await client.query(statement);
    await client.end();
  }

  it("of books that are right changes nothing", async () => {
    expect(await run(["replay", "--apply"])).toMatch(/^\d+ events replayed: nothing differs .*\n$/);
  });

  it("says what it would correct of books that somebody changed, which audit shows, and corrects it when asked to", async () => {
    await inDatabase("ledger", "update balance set on_hand = on_hand + 1");
    const audited = await runLastunit(["audit"], place);
    expect(audited).toMatchObject({ code: 1, stderr: "" });
    expect(audited.stdout).toMatch(
      /\nMUG at default of acme: expected .*; wrong from position \d+\nThe books are wrong.\n$/,
    );

    expect(await run(["replay"])).toMatch(
      /: 1 balances and 0 reservations differ .* Nothing was changed.\n.*--apply\n$/,
    );
    expect(await run(["replay", "--apply"])).toMatch(/: 1 balances and 0 reservations corrected; 0 balances .*\n$/);
    expect(await run(["audit"])).toContain("The books are right.");
  });

  it("refuses a log that somebody changed, says where, and how to go on", async () => {
    await inDatabase("ledger", "update event set source = 'nobody' where position = 1");
    const said = await refusal(["replay", "--apply"]);
    expect(said).toMatch(/^The log's chain of hashes is broken at position 1\. .* --despite-broken-chain\.\n$/);
    expect(await run(["replay", "--despite-broken-chain"])).toContain("nothing differs");
  });

  it("has the hub begin anew when it is of the store", async () => {
    const end = await ledgerOf("").position();
    await vi.waitFor(async () => expect(await run(["replay", "--store"])).toContain(`to position ${end};`), WAIT);
    await inDatabase("store", "update stock_view set on_hand = 0");
    expect(await run(["replay", "--store", "--apply"])).toContain("begins anew at position 0");
    await vi.waitFor(async () => expect(await run(["replay", "--store"])).toContain(`to position ${end};`), WAIT);
    await expect(inDatabase("store", "select 1 / sum(on_hand) from stock_view")).resolves.toBeUndefined();
  });
});

describe("a command", () => {
  it("with the token of another installation says which folder to name", async () => {
    const other = { ...place, LEDGER_SERVICE_TOKEN: "the token of another one" };
    for (const args of [["status"], ["audit"]]) {
      const { code, stderr } = await runLastunit(args, other);
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^What runs there .* DATA_DIR/),
      });
    }
  });

  it("that reaches something else than Lastunit says so", async () => {
    const { code, stderr } = await runLastunit(["status"], { ...place, PUBLIC_URL: simulator.url });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `What answers at ${simulator.url} is not Lastunit's gateway. Set PORT or PUBLIC_URL to where it is.\n`,
    });
  });

  it("that reaches the ledger for the gateway, or something else for the ledger, says so", async () => {
    const said = async (variables: { [variable: string]: string }, ...args: string[]) => {
      const stderr = await refusalOf(args, { ...place, ...variables });
      return stderr;
    };
    expect(await said({ PUBLIC_URL: running.ledger }, "status")).toBe(
      `What answers at ${running.ledger} is not Lastunit's gateway. Set PORT or PUBLIC_URL to where it is.\n`,
    );
    for (const LEDGER_URL of [running.gateway, simulator.url]) {
      for (const args of [["audit"], ["token", "acme"], ["token", "list", "acme"]]) {
        expect(await said({ LEDGER_URL }, ...args)).toBe(
          "What answers there is not Lastunit's ledger (HTTP 404). Set LEDGER_PORT or LEDGER_URL to where it is.\n",
        );
      }
    }
    const other = createServer((_request, response) => response.end("{}")).listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    expect(await said({ LEDGER_URL: `http://127.0.0.1:${port}` }, "audit")).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+ does not answer like a Lastunit ledger: .+\. Set LEDGER_PORT or LEDGER_URL to where it is, and check that all parts are of one version\.\n$/,
    );
    other.close();
  });

  describe("when nothing runs", () => {
    beforeAll(() => stop());

    it.each([
      { args: ["token", "acme"] },
      { args: ["audit"] },
      { args: ["replay"] },
      { args: ["replay", "--store"] },
      { args: ["status"] },
      { args: ["connect", "ebay", "--merchant", "acme"] },
      { args: ["import", "shopify:acme", "--merchant", "acme"] },
      { args: ["token", "list", "acme"] },
      { args: ["token", "revoke", "acme", "0000"] },
      { args: ["keys", "rotate"] },
    ])("says how to start it: $args", async ({ args }) => {
      const said = await refusal(args);
      expect(said).toContain("Start Lastunit with: npm start");
      expect(said.trim().split("\n")).toHaveLength(1);
    });

    it("and never ran on the data folder says that, and makes nothing there", async () => {
      const unused = newDataFolder();
      const { code, stderr } = await runLastunit(["status"], { DATA_DIR: unused });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        new RegExp(`^Lastunit has not run on the data folder ${unused} yet. Start it with: npm start`),
      );
      expect(fs.existsSync(unused)).toBe(false);
    });
  });
});
