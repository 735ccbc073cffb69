import { createLedgerClient } from "@lastunit/ledger/client";
import type { SimulatedAccount } from "@lastunit/simulators";
import pg from "pg";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { consentInBrowser } from "./consent-browser.ts";
import { databaseUrl, outputOf, refusalOf, spawnLastunit, WAIT } from "./lastunit.ts";
import { hasTerminal, openTerminal } from "./terminal.ts";
import { useLastunitWithShopify } from "./with-shopify.ts";

const its = useLastunitWithShopify();

const openShop = (account: string, ...skus: readonly string[]): Promise<SimulatedAccount> =>
  its.simulator.addAccount({ account, listings: skus.map((sku) => ({ sku, quantity: 1 })) });

const run = (args: readonly string[], input?: string) => outputOf(args, its.place, input);
const refusal = (args: readonly string[], input?: string) => refusalOf(args, its.place, input);

describe.runIf(hasTerminal)("connect on a terminal", () => {
  const connect = ["connect", "shopify", "--merchant", "acme", "--location", "WH-1"];

  it("asks for each field by its label, insists on what is needed, masks secrets, and connects", async () => {
    const { settings, credentials } = await openShop("asked", "HAT");
    const terminal = openTerminal(connect, its.place);
    await terminal.shows("Shop address –");
    terminal.type("\r");
    await terminal.shows("This is needed.");
    terminal.type(`${settings["shop"]}\r`);
    for (const [label, name] of [
      ["Client ID (optional) –", "clientId"],
      ["Client secret –", "clientSecret"],
    ] as const) {
      await terminal.shows(label);
      terminal.type(`${credentials[name]}\r`);
    }
    const left = /\(optional\) –/g;
    let answered = terminal.screen().match(left)?.length ?? 0;
    await vi.waitFor(() => {
      const asked = terminal.screen().match(left)?.length ?? 0;
      if (asked > answered) terminal.type("\r");
      answered = Math.max(asked, answered);
      expect(terminal.screen()).toContain("Connected shopify:asked");
    }, WAIT);
    expect(await terminal.exited).toBe(0);
    expect(terminal.screen()).toContain("1 listings imported");
    expect(terminal.screen()).not.toContain(credentials["clientSecret"]);
    expect(terminal.screen()).toMatch(/Client secret –.*\*{8,}/s);
  });

  it("connects nothing when it is interrupted, and shows no stack", async () => {
    const before = await run(["status", "--json"]);
    const terminal = openTerminal(connect, its.place);
    await terminal.shows("Shop address –");
    terminal.type("\u0003");
    expect(await terminal.exited).not.toBe(0);
    expect(terminal.screen()).not.toMatch(/ at .*\.(ts|js):\d+/);
    expect(terminal.screen().trim()).toMatch(/\nInterrupted: nothing was done\.$/);
    expect(await run(["status", "--json"])).toBe(before);
  });
});

describe("connect --consent", () => {
  /** Begins, and says where the merchant's browser sets out. */
  async function begin({ settings, credentials }: SimulatedAccount) {
    const { clientId, clientSecret } = credentials;
    const args = ["connect", "shopify", "--consent", "--merchant", "acme", "--from", "-"];
    const input = JSON.stringify({
      shop: settings["shop"],
      clientId,
      clientSecret,
      previousClientSecret: "the-one-before",
    });
    const process = spawnLastunit(args, its.place, { input });
    const start = await vi.waitFor(() => {
      const [address] = /http:\S+/.exec(process.stderr()) ?? [];
      if (address === undefined) throw new Error(`it shows no address: ${process.stderr()}`);
      return new URL(address);
    }, WAIT);
    return { process, start };
  }

  it("shows where to set out, waits until the merchant has agreed there, and connects", async () => {
    const { process, start } = await begin(await openShop("agreeing", "HAT"));
    expect(process.stdout()).toBe("");
    expect(await consentInBrowser(start)).toContain("Shopify grants access");
    expect(await process.exited).toBe(0);
    expect(process.stdout()).toMatch(/^Connected shopify:agreeing as .+\.\n {2}1 listings imported/);
  });

  it("ends with the reason when the merchant declines", async () => {
    const { process, start } = await begin(await openShop("declining", "HAT"));
    await consentInBrowser(start, "decline");
    expect(await process.exited).toBe(1);
    expect(process.stderr()).toMatch(/\nNot connected: The shop did not agree\.\n$/);
    expect(process.stdout()).toBe("");
  });

  it("says what must be answered before, and that the others need no page", async () => {
    const args = ["connect", "shopify", "--consent", "--merchant", "acme", "--from", "-"];
    expect(await refusal(args, "{}")).toMatch(
      /^Shopify also needs:\n {2}- shop: .*\n {2}- clientId: .*\n {2}- clientSecret: /,
    );
    const other = ["connect", "webhook", "--consent", "--merchant", "acme", "--from", "-"];
    expect(await refusal(other, "{}")).toMatch(/^Webhook has no consent page: leave out --consent and give its fields/);
  });
});

describe.runIf(hasTerminal)("connect --again on a terminal", () => {
  it("shows each setting that the channel has; the one that is emptied is taken away, the others stay", async () => {
    const { settings, credentials } = await openShop("emptying", "HAT");
    const connect = ["connect", "shopify", "--merchant", "acme"];
    const fields = { ...settings, ...credentials, activateLocations: "yes" };
    await run([...connect, "--from", "-"], JSON.stringify(fields));
    const terminal = openTerminal([...connect, "--again", "shopify:emptying"], its.place);
    for (const [label, typed] of [
      ["Shop address (optional) –", "\r"],
      ["Client ID (optional) –", `${credentials["clientId"]}\r`],
      ["Client secret –", `${credentials["clientSecret"]}\r`],
      ["Admin API access token (optional) –", "\r"],
      ["Previous client secret (optional) –", "\r"],
      ["Stock items at further locations (optional) –", "\u007f\r"],
    ] as const) {
      await terminal.shows(label);
      terminal.type(typed);
    }
    expect(await terminal.exited).toBe(0);
    const client = new pg.Client({ connectionString: databaseUrl(its.folder, "store") });
    await client.connect();
    const { rows } = await client.query("select settings from channel where channel_key = 'shopify:emptying'");
    await client.end();
    expect(rows).toEqual([{ settings }]);
  });
});

describe("connect --again", () => {
  it("gives a connected channel new credentials, and leaves the rest of it as it is", async () => {
    const { settings, credentials } = await openShop("renewing", "HAT");
    const connect = ["connect", "shopify", "--merchant", "acme", "--from", "-"];
    await run([...connect, "--location", "WH-7"], JSON.stringify({ ...settings, ...credentials }));
    const again = [...connect, "--again", "shopify:renewing"];
    expect(await refusal(connect, JSON.stringify({ ...settings, ...credentials }))).toContain(
      "lastunit connect --again",
    );
    expect(await refusal(again, JSON.stringify({ ...credentials, clientSecret: "wrong" }))).toMatch(
      /^The platform did not accept this connection\.\n {2}- /,
    );
    expect(await run(again, JSON.stringify(credentials))).toMatch(/^Connected shopify:renewing as /);
    const client = new pg.Client({ connectionString: databaseUrl(its.folder, "store") });
    await client.connect();
    const { rows } = await client.query(
      "select status, default_location_id, settings from channel where channel_key = 'shopify:renewing'",
    );
    await client.end();
    expect(rows).toEqual([{ status: "active", default_location_id: "WH-7", settings }]);
  });

  it("of a channel that the merchant does not have names those it has", async () => {
    const args = ["connect", "shopify", "--merchant", "acme", "--from", "-", "--again", "shopify:nowhere"];
    expect(await refusal(args, "{}")).toMatch(/^Merchant acme has no channel shopify:nowhere\. Its channels: /);
  });
});

describe("import", () => {
  beforeAll(async () => {
    const ledger = createLedgerClient({ url: its.running.ledger, token: (await run(["token", "--operator"])).trim() });
    const received = ["CAP", "MUG-BLUE", "TEE", "tee"].map((sku) => ({
      event_id: `po:${sku}`,
      event_type: "inventory.receiving" as const,
      sku,
      location_id: "default",
      quantity: 5,
      source: "test",
      timestamp: new Date().toISOString(),
    }));
    await ledger.append("acme", received);
    const { settings, credentials } = await openShop("matching", "CAP", "mug blue", "Tee", "SCARF");
    const connect = ["connect", "shopify", "--merchant", "acme", "--from", "-"];
    await run(connect, JSON.stringify({ ...settings, ...credentials }));
  });

  it("imports again, and says how listings were matched and which could be several", async () => {
    await vi.waitFor(async () => {
      const said = await run(["import", "shopify:matching", "--merchant", "acme"]);
      expect(said.split("\n")).toEqual([
        "4 listings imported, 0 can't be synced",
        "matched to known SKUs: 1 exactly, 1 but for case, spaces and hyphens, 0 by barcode",
        "not matched: 1 ambiguous, 1 that nothing known fits (their own text stands for the SKU)",
        expect.stringMatching(/^ {2}\? Tee \(.*\) could be TEE or tee$/i),
        "",
      ]);
    }, WAIT);
  });

  it("tells the same as JSON", async () => {
    const report = JSON.parse(await run(["import", "shopify:matching", "--merchant", "acme", "--json"]));
    expect(report).toMatchObject({
      status: "finished",
      imported: 4,
      matched: { exact: 1, normalized: 1, ambiguous: 1, unmatched: 1 },
    });
    expect(report.not_matched).toHaveLength(2);
  });

  it("of a channel that the merchant does not have names those it has", async () => {
    expect(await refusal(["import", "shopify:other", "--merchant", "acme"])).toMatch(
      /^Merchant acme has no channel shopify:other\. Its channels: .*shopify:matching/,
    );
  });

  it.runIf(hasTerminal)("shows how far it is on a terminal, and leaves the report", async () => {
    const terminal = openTerminal(["import", "shopify:matching", "--merchant", "acme"], its.place);
    expect(await terminal.exited).toBe(0);
    expect(terminal.screen()).toContain("matched to known SKUs");
  });
});

describe("status", () => {
  it("says below the table what is wrong, and what must be renewed within a month", async () => {
    const client = new pg.Client({ connectionString: databaseUrl(its.folder, "store") });
    await client.connect();
    await client.query(
      `update channel set problems = '["The role is missing."]', renew_what = 'agree on Shopify''s page',
         renew_by = case channel_key when 'shopify:matching' then '2999-01-01' else now() + interval '3 days' end`,
    );
    await client.end();
    const said = await run(["status"]);
    expect(said).toContain("! acme shopify:matching: The role is missing.\n");
    expect(said).toMatch(/! acme shopify:agreeing: renew by \d{4}-\d\d-\d\d: agree on Shopify's page\n/);
    expect(said).not.toContain("2999");
  });
});

describe("token", () => {
  it("list shows a merchant's tokens without showing them; revoke ends one by its id there", async () => {
    const token = (await run(["token", "leaving", "--label", "shop"])).trim();
    const said = await run(["token", "list", "leaving"]);
    const [, id = ""] = /([0-9a-f]{16}) +│ shop +│ \S+Z/.exec(said) ?? [];
    expect(said).not.toContain(token);
    expect(await run(["token", "revoke", "leaving", id])).toMatch(new RegExp(`^Revoked ${id} \\(shop\\)\\.`));
    const { tokens } = JSON.parse(await run(["token", "list", "leaving", "--json"]));
    expect(tokens).toMatchObject([{ token_id: id, label: "shop", revoked_at: expect.any(String) }]);
    const ledger = createLedgerClient({ url: its.running.ledger, token });
    expect(await ledger.ownerOf(token)).toBeUndefined();
  });

  it("names what there is not", async () => {
    expect(await refusal(["token", "list", "nobody"])).toBe("There is no merchant nobody.\n");
    expect(await refusal(["token", "revoke", "acme", "0000"])).toBe("Merchant acme has no token 0000.\n");
  });
});
