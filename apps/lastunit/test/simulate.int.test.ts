import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createOutbound, type ChannelKind } from "@lastunit/adapter-contract";
import { callWithin, MemoryCredentials, unpaced } from "@lastunit/adapter-contract/conformance";
import { adapterOf } from "@lastunit/adapters";
import { createLogger } from "@lastunit/config";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { occupyPort, refusalOf, runLastunit, spawnLastunit, type LastunitProcess } from "./lastunit.ts";

const kinds = ["shopify", "amazon", "ebay", "walmart"] as const;
const log = createLogger({ level: "silent", name: "simulate-test" });
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lastunit-simulate-"));
const documentation = fs.readFileSync(new URL("../../../docs/simulators.md", import.meta.url), "utf8");

let running: LastunitProcess | undefined;
afterEach(() => stopRunning());
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

async function stopRunning(): Promise<void> {
  running?.signal("SIGINT");
  await running?.exited;
  running = undefined;
}

async function simulate(...args: string[]): Promise<LastunitProcess> {
  running = spawnLastunit(["simulate", ...args], {});
  await running.says(/Ctrl-C stops them/);
  return running;
}

function faultsFile(text: string): string {
  const file = path.join(folder, "faults.json");
  fs.writeFileSync(file, text);
  return file;
}

async function endpointsOf(process: LastunitProcess): Promise<Record<string, string>> {
  const [, json = ""] = await process.says(/CHANNEL_ENDPOINTS='(.*)' npm start/);
  return z.record(z.string(), z.string()).parse(JSON.parse(json));
}

/** Connects with nothing but what was printed. */
async function connect(process: LastunitProcess, kind: ChannelKind) {
  const [, printed = ""] = await process.says(new RegExp(`^${kind} at .*\\n.*\\n {2}connect it with (.*)$`, "m"));
  const fields = z.record(z.string(), z.string()).parse(JSON.parse(printed));
  const url = (await endpointsOf(process))[kind] ?? "";
  const adapter = adapterOf(kind);
  const part = (name: "credentials" | "settings") =>
    Object.fromEntries(adapter.fields.filter((field) => field.part === name).map(({ name }) => [name, fields[name]]));
  const session = adapter.open({
    channelId: "channel-1",
    key: `${kind}:acme`,
    settings: adapter.settings.parse(part("settings")),
    credentials: new MemoryCredentials(adapter.credentials.parse(part("credentials"))),
    outbound: createOutbound({ endpoints: { [kind]: new URL(url) }, log }),
    pacer: unpaced,
    log,
  });
  return { session, url, names: Object.keys(fields), known: adapter.fields.map(({ name }) => name) };
}

describe("lastunit simulate", () => {
  it("runs all four channels with an account each, which connects with the printed fields", async () => {
    const process = await simulate();
    for (const kind of kinds) {
      const { session, names, known } = await connect(process, kind);
      expect(known).toEqual(expect.arrayContaining(names));
      expect(await session.check(callWithin())).toMatchObject({ ok: true, problems: [] });
      const { listings } = await session.importListings(null, callWithin());
      const seen = listings.map(({ sku, available }) => `${available} × ${sku}`).toSorted((a, b) => (a < b ? -1 : 1));
      expect(seen).toEqual(["1 × MUG-RED", "20 × TEE/M #1", "5 × MUG-BLUE"]);
      await session.close();
    }
  });

  it("runs one channel on the port it is given, prints the same credentials every time, and ends on Ctrl-C", async () => {
    const { port, free } = await occupyPort();
    free();
    const printed = [];
    for (let run = 1; run <= 2; run += 1) {
      const process = await simulate("--channel", "walmart", "--port", String(port));
      expect(await endpointsOf(process)).toEqual({ walmart: `http://127.0.0.1:${port}` });
      expect((await fetch(`http://127.0.0.1:${port}/_sim/stock?account=acme`)).status).toBe(200);
      printed.push((await process.says(/connect it with (.*)/))[1]);
      await stopRunning();
      expect(await process.exited).toBe(0);
      await expect(fetch(`http://127.0.0.1:${port}/_sim/stock?account=acme`)).rejects.toThrow("fetch failed");
    }
    expect(printed[0]).toBe(printed[1]);
  });

  it("multiplies the rate limits", async () => {
    const burstAt = async (factor: string) => {
      const { session, url } = await connect(await simulate("--channel", "amazon", "--scale-limits", factor), "amazon");
      await session.importListings(null, callWithin());
      await session.close();
      const limits: unknown = await (await fetch(`${url}/_sim/limits?account=acme`)).json();
      await stopRunning();
      const [limit] = z
        .array(z.object({ name: z.string(), burst: z.number() }))
        .parse(limits)
        .filter(({ name }) => name === "searchListingsItems");
      return limit?.burst;
    };
    expect([await burstAt("1"), await burstAt("4")]).toEqual([5, 20]);
  });

  it("has the faults of the documented file wait", async () => {
    const example = /```json\n([\s\S]*?)```/.exec(documentation)?.[1] ?? "";
    const process = await simulate("--faults", faultsFile(example));
    expect(process.stdout().match(/(\d) scripted faults? waits?/g)).toEqual([
      "1 scripted fault waits",
      "2 scripted faults wait",
      "2 scripted faults wait",
    ]);
    const { session } = await connect(process, "ebay");
    const poll = () =>
      session.pollOrders(new Date(), callWithin()).then(
        () => "read",
        (error: unknown) => error,
      );
    const throttled = expect.objectContaining({ name: "ChannelError", failure: "rate_limited" });
    expect([await poll(), await poll(), await poll(), await poll()]).toEqual(["read", throttled, throttled, "read"]);
    await session.close();
  });

  it("has every control that is documented", async () => {
    const { url } = await connect(await simulate("--channel", "shopify"), "shopify");
    const documented = [...documentation.matchAll(/^\| `(GET|POST) (\/_sim\/[a-z:/-]+)`/gm)];
    expect(documented.length).toBeGreaterThan(10);
    for (const [, method = "", route = ""] of documented) {
      const answer = await fetch(url + route.replace(":id", "1"), { method, body: method === "POST" ? "{}" : null });
      expect({ route, status: answer.status }).not.toEqual({ route, status: 404 });
    }
    expect((await fetch(`${url}/_sim/nothing`)).status).toBe(404);
  });

  it("documents every option it has", async () => {
    const { stdout } = await runLastunit(["simulate", "--help"], {});
    const options = stdout.match(/--[a-z-]+(?= <)/g) ?? [];
    expect(options).toEqual(["--channel", "--port", "--scale-limits", "--faults"]);
    for (const option of options) expect(documentation).toContain(`| \`${option} <`);
  });

  it.each([
    { args: ["--channel", "etsy"], says: /Allowed choices are shopify, amazon, ebay, walmart/ },
    { args: ["--port", "abc"], says: /It must be a port number from 1 to 65535/ },
    { args: ["--port", "65534"], says: /^4 channels need the ports 65534 to 65537; the last is 65535\.\n$/ },
    { args: ["--scale-limits", "0"], says: /It must be a number above 0/ },
    { args: ["--faults", "/no/such/file"], says: /^There is no file \/no\/such\/file\.\n$/ },
  ])("refuses $args", async ({ args, says }) => {
    const stderr = await refusalOf(["simulate", ...args], {});
    expect(stderr).toMatch(says);
  });

  it.each([
    { text: "{", says: /faults\.json can't be used:\nit is no JSON/ },
    { text: '{"ebay": [{"effect": {"type": "meteor"}}]}', says: /at ebay\[0\]\.effect\.type/ },
    {
      text: '{"ebay": [{"operation": "x", "effect": {"type": "cut"}}]}',
      says: /ebay simulator has no operation x; it has: /,
    },
    { text: '{"shopify": []}', says: /faults\.json has faults of shopify, which --channel leaves out\./ },
  ])("refuses a file of faults with $text", async ({ text, says }) => {
    const stderr = await refusalOf(["simulate", "--channel", "ebay", "--faults", faultsFile(text)], {});
    expect(stderr).toMatch(says);
  });

  it("names the port that is in use", async () => {
    const { port, free } = await occupyPort();
    const { code, stderr } = await runLastunit(["simulate", "--channel", "ebay", "--port", String(port)], {});
    free();
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^Port ${port} is in use: .* or --port \\(lastunit simulate\\)\\.\\n$`));
  });
});
