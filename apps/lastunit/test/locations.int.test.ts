import { adapterOf } from "@lastunit/adapters";
import type { SimulatedAccount } from "@lastunit/simulators";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { consentInBrowser } from "./consent-browser.ts";
import { databaseUrl, outputOf, refusalOf, spawnLastunit, WAIT } from "./lastunit.ts";
import { hasTerminal, openTerminal } from "./terminal.ts";
import { useLastunitWithShopify } from "./with-shopify.ts";

const its = useLastunitWithShopify({ locations: ["Main Street", "Annex"] });
let store: pg.Client;

beforeAll(async () => {
  store = new pg.Client({ connectionString: databaseUrl(its.folder, "store") });
  await store.connect();
});
afterAll(() => store.end());

/** A shop with two locations, which stocks its one item at the first. */
async function openShop(
  account: string,
): Promise<{ readonly fields: string; readonly ids: readonly [string, string] }> {
  const opened: SimulatedAccount = await its.simulator.addAccount({ account, listings: [{ sku: "HAT", quantity: 1 }] });
  const [main = "", annex = ""] = its.simulator.locations(account);
  return { fields: JSON.stringify({ ...opened.settings, ...opened.credentials }), ids: [main, annex] };
}

const connecting = (...more: string[]) => ["connect", "shopify", "--merchant", "acme", "--from", "-", ...more];

const connect = (fields: string, ...more: string[]) => outputOf(connecting(...more), its.place, fields);
const refusal = (fields: string, ...more: string[]) => refusalOf(connecting(...more), its.place, fields);

/** What was stored: `[ledger location, channel's location]`s, and the default location. */
async function mappingOf(account: string) {
  const { rows } = await store.query(
    `select default_location_id as "defaultLocation", array(
       select array[location_id, external_location_id] from channel_location cl where cl.channel_id = channel.channel_id
       order by external_location_id) as pairs
     from channel where channel_key = $1`,
    [`shopify:${account}`],
  );
  return rows[0];
}

describe("connect, of an account with several locations", () => {
  it("without --map names each, and how to say which feeds it", async () => {
    const { fields, ids } = await openShop("unsaid");
    const [title, ...lines] = (await refusal(fields)).trim().split("\n");
    expect(title).toMatch(
      /^This account has several locations\. Say which ledger location feeds which, with --map once for each/,
    );
    // The shop tells them in an order of its own.
    expect(new Set(lines)).toEqual(
      new Set([
        `  - --map '${ids[0]}=<ledger location>'  (Main Street)`,
        `  - --map '${ids[1]}=<ledger location>'  (Annex)`,
      ]),
    );
    expect(await mappingOf("unsaid")).toBeUndefined();
  });

  it("takes them by id and by name; orders that name none take theirs from the first", async () => {
    const { fields, ids } = await openShop("mapped");
    const said = await connect(fields, "--map", `${ids[1]}=WH-2`, "--map", "Main Street=WH-1");
    expect(said).toMatch(/^Connected shopify:mapped as .+\.\n {2}1 listings imported, 0 can't be synced\n/);
    const pairs = [
      ["WH-1", ids[0]],
      ["WH-2", ids[1]],
    ].toSorted(([, a = ""], [, b = ""]) => (a < b ? -1 : 1));
    expect(await mappingOf("mapped")).toEqual({ defaultLocation: "WH-2", pairs });
  });

  it("leaves alone what is not mapped", async () => {
    const { fields, ids } = await openShop("left-alone");
    expect(await connect(fields, "--map", `${ids[1]}=WH-2`)).toContain("0 listings imported, 1 can't be synced");
    expect(await mappingOf("left-alone")).toEqual({ defaultLocation: "WH-2", pairs: [["WH-2", ids[1]]] });
  });

  it("refuses a --location that feeds none of them, and connects nothing", async () => {
    const { fields, ids } = await openShop("idle-default");
    expect(await refusal(fields, "--map", `${ids[1]}=WH-2`, "--location", "WH-9")).toBe(
      "The default location must be one that feeds the channel.\n  - default_location_id: " +
        "WH-9 feeds nothing on this channel: choose one of WH-2, or say in locations what it feeds\n",
    );
    expect(await mappingOf("idle-default")).toBeUndefined();
  });

  it("names the locations there are when one is unknown, and connects nothing", async () => {
    const { fields, ids } = await openShop("unknown");
    const said = await refusal(fields, "--map", "Main Street=WH-1", "--map", "Harbour=WH-2");
    expect(said).toContain("This account has no location Harbour. It has:\n");
    for (const id of ids) expect(said).toContain(id);
    expect(await mappingOf("unknown")).toBeUndefined();
  });

  it.each([
    { map: ["Main Street"], says: /It must be <channel's location>=<ledger location>, such as 'Main Street=WH-1'\./ },
    { map: ["=WH-1"], says: /It must be/ },
    { map: ["Main Street="], says: /It must be/ },
    { map: ["Main Street=WH-1", "Main Street=WH-1"], says: /'Main Street=WH-1' is invalid\. It is given twice\./ },
  ])("refuses --map $map", async ({ map, says }) => {
    expect(await refusal("{}", ...map.flatMap((one) => ["--map", one]))).toMatch(says);
  });

  it("by its name and by its id at once is told that it is the same", async () => {
    const { fields, ids } = await openShop("same");
    const said = await refusal(fields, "--map", "Annex=WH-1", "--map", `${ids[1]}=WH-1`);
    expect(said).toContain("locations: must not name the same two locations twice");
  });

  it("over a consent is mapped as well", async () => {
    const { fields, ids } = await openShop("consenting");
    const { shop, clientId, clientSecret } = JSON.parse(fields);
    const process = spawnLastunit(connecting("--consent", "--map", "Annex=WH-2"), its.place, {
      input: JSON.stringify({ shop, clientId, clientSecret }),
    });
    const start = await vi.waitFor(() => new URL(/http:\S+/.exec(process.stderr())?.[0] ?? ""), WAIT);
    await consentInBrowser(start);
    expect(await process.exited).toBe(0);
    expect(await mappingOf("consenting")).toEqual({ defaultLocation: "WH-2", pairs: [["WH-2", ids[1]]] });
  });

  it.runIf(hasTerminal)("over a consent, interrupted, says what was granted and where to finish", async () => {
    const { fields, ids } = await openShop("interrupted");
    const known = JSON.parse(fields);
    const terminal = openTerminal(["connect", "shopify", "--merchant", "acme", "--consent"], its.place);
    const { fields: all, authorization } = adapterOf("shopify");
    const answered = authorization?.asks ?? [];
    const asked = [...answered, ...(authorization?.takes ?? [])];
    for (const { name, label } of all.filter((field) => field.part === "settings" || asked.includes(field.name))) {
      await terminal.shows(label);
      terminal.type(`${answered.includes(name) ? known[name] : ""}\r`);
    }
    await terminal.shows("Waiting …");
    const start = new URL(/http:\S+\/start\S+/.exec(terminal.screen())?.[0] ?? "");
    await consentInBrowser(start);
    await terminal.shows("Which ledger location feeds which?");
    await terminal.shows("(gid:");
    terminal.type("\u0003");
    expect(await terminal.exited).toBe(1);
    const [, page = ""] =
      /Interrupted: nothing was connected\.\s+Shopify has granted access\..*?(http:\S+)/s.exec(terminal.screen()) ?? [];
    expect(await mappingOf("interrupted")).toBeUndefined();

    const consent = new URL(page).searchParams.get("consent");
    const token = (await outputOf(["token", "--operator"], its.place)).trim();
    expect((await fetch(page)).status).toBe(200);
    const finished = await fetch(new URL(`/v1/consents/${consent}/finish`, page), {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "lastunit-merchant": "acme",
        "content-type": "application/json",
      },
      body: JSON.stringify({
        locations: [{ location_id: "WH-1", external_location_id: ids[0] }],
        default_location_id: "WH-1",
      }),
    });
    expect(finished.status).toBe(201);
    expect(await mappingOf("interrupted")).toEqual({ defaultLocation: "WH-1", pairs: [["WH-1", ids[0]]] });
  });

  it("over a consent, where nobody can be asked, says as well that access was granted", async () => {
    const { fields } = await openShop("unasked");
    const { shop, clientId, clientSecret } = JSON.parse(fields);
    const input = JSON.stringify({ shop, clientId, clientSecret });
    const process = spawnLastunit(connecting("--consent"), its.place, { input });
    const start = await vi.waitFor(() => new URL(/http:\S+/.exec(process.stderr())?.[0] ?? ""), WAIT);
    await consentInBrowser(start);
    expect(await process.exited).toBe(1);
    expect(process.stderr()).toMatch(
      /This account has several locations\. .*\nShopify has granted access\. Until .*\/connect\?consent=/s,
    );
  });

  it.runIf(hasTerminal)("asks for each on a terminal, and insists on one", async () => {
    const { fields, ids } = await openShop("asking");
    const known = JSON.parse(fields);
    const terminal = openTerminal(["connect", "shopify", "--merchant", "acme"], its.place);
    for (const { name, label } of adapterOf("shopify").fields) {
      await terminal.shows(label);
      terminal.type(`${["shop", "clientId", "clientSecret"].includes(name) ? known[name] : ""}\r`);
    }
    // The shop tells its locations in an order of its own.
    const asked = () => [...terminal.screen().matchAll(/(?:Main Street|Annex) \((gid:\S+)\)/g)].map(([, id]) => id);
    await vi.waitFor(() => expect(new Set(asked()).size).toBe(1), WAIT);
    terminal.type("\r");
    await vi.waitFor(() => expect(new Set(asked())).toEqual(new Set(ids)), WAIT);
    terminal.type("\r");
    await terminal.shows("At least one is needed.");
    terminal.type("WH-2\r");
    await terminal.shows("Connected shopify:asking");
    expect(await terminal.exited).toBe(0);
    expect(await mappingOf("asking")).toEqual({ defaultLocation: "WH-2", pairs: [["WH-2", asked().at(-1)]] });
  });
});
