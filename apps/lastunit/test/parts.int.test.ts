import { randomBytes } from "node:crypto";
import { createLedgerClient } from "@lastunit/ledger/client";
import { beforeAll, describe, expect, it } from "vitest";
import {
  databaseUrl,
  newDataFolder,
  postgresOn,
  spawnLastunit,
  type LastunitProcess,
  type Variables,
} from "./lastunit.ts";

const SERVICE_TOKEN = "a-token-that-all-parts-share";

describe("the parts as processes of their own", () => {
  const folder = newDataFolder();
  let ledger: LastunitProcess;
  let ledgerUrl: string;
  let environment: Variables;
  beforeAll(async () => {
    ledger = spawnLastunit(["start", "ledger"], {
      DATA_DIR: folder,
      LEDGER_PORT: "0",
      LEDGER_SERVICE_TOKEN: SERVICE_TOKEN,
      LEDGER_BOOTSTRAP_TOKEN: "acme:a-token-of-acme",
    });
    [, ledgerUrl = ""] = await ledger.says(/^Lastunit ledger is running.\n {2}ledger +(http:\S+)\/docs\n/);
    environment = {
      DATA_DIR: newDataFolder(),
      LEDGER_URL: ledgerUrl,
      LEDGER_SERVICE_TOKEN: SERVICE_TOKEN,
      STORE_DATABASE_URL: databaseUrl(folder, "store"),
      LASTUNIT_KEYS: randomBytes(32).toString("base64"),
      PORT: "0",
    };
  });

  it("begin with the ledger, which knows the bootstrap token and answers its contract", async () => {
    const acme = createLedgerClient({ url: ledgerUrl, token: "a-token-of-acme" });
    const [result] = await acme.append("acme", [
      {
        event_id: "po:1",
        event_type: "inventory.receiving",
        sku: "MUG",
        location_id: "default",
        quantity: 3,
        source: "test",
        timestamp: new Date().toISOString(),
      },
    ]);
    expect(result).toMatchObject({ status: "recorded", on_hand: 3 });
    expect(await acme.ownerOf(SERVICE_TOKEN)).toBeNull();
    expect((await fetch(`${ledgerUrl}/v1/stock/MUG`)).status).toBe(401);
    expect((await fetch(`${ledgerUrl}/health/ready`)).status).toBe(200);
  });

  it("go on with hub, worker and gateway together, and end cleanly, the ledger last", async () => {
    const names = ["hub", "worker", "gateway"];
    const parts = names.map((name) => spawnLastunit(["start", name], environment));
    await Promise.all(parts.map((part, index) => part.says(new RegExp(`^Lastunit ${names[index]} is running.\n`))));
    const [, gatewayUrl = ""] = (await parts[2]?.says(/console +(http:\S+)\//)) ?? [];
    expect((await fetch(`${gatewayUrl}/health/ready`)).status).toBe(200);
    const channels = await fetch(`${gatewayUrl}/v1/channels`, { headers: { authorization: "Bearer a-token-of-acme" } });
    expect(await channels.json()).toEqual({ channels: [] });

    for (const part of [...parts, ledger]) {
      part.signal("SIGTERM");
      expect({ code: await part.exited, stderr: part.stderr() }).toEqual({ code: 0, stderr: "" });
      expect(part.stdout()).toMatch(/\nStopping…\n$/);
    }
    expect(postgresOn(folder)).toEqual([]);
  });
});
