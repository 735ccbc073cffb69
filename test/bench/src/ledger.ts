import { createLedgerClient, type AuditAnswer, type LedgerClient } from "@lastunit/ledger/client";
import { planDeployment, type TestPostgres } from "@lastunit/test-support";
import type { Contender } from "./contender.ts";

export const MERCHANT = "acme";
export const LOCATION = "WH1";

/** Lastunit's ledger as a deployment runs it: its own process, started by the product's own command. */
export interface LedgerContender extends Contender {
  readonly client: LedgerClient;
  readonly databaseUrl: string;
  readonly serviceToken: string;
  audit(): Promise<AuditAnswer>;
}

/** @param databaseUrl absent: a fresh database. */
export async function startLedgerContender(postgres: TestPostgres, databaseUrl?: string): Promise<LedgerContender> {
  const ledgerDatabaseUrl = databaseUrl ?? (await postgres.createDatabase());
  const deployment = await planDeployment({ ledgerDatabaseUrl, storeDatabaseUrl: "", channels: [] });
  await deployment.start("ledger");
  const { ledgerUrl: url, serviceToken } = deployment;
  const client = createLedgerClient({ url, token: serviceToken });
  await client.createMerchant(MERCHANT);
  const token = await client.createToken(MERCHANT, "bench");
  return {
    name: "lastunit",
    url,
    headers: { authorization: `Bearer ${token}` },
    client,
    databaseUrl: ledgerDatabaseUrl,
    serviceToken,
    async stock(skus, units) {
      const timestamp = new Date().toISOString();
      for (const part of chunks(skus, 1_000)) {
        const results = await client.append(
          MERCHANT,
          part.map((sku) => ({
            event_id: `bench:${sku}:received`,
            event_type: "inventory.receiving",
            sku,
            location_id: LOCATION,
            quantity: units,
            source: "bench",
            timestamp,
          })),
        );
        if (results.some((result) => result.status !== "recorded")) throw new Error("stock was not recorded");
      }
    },
    async reserved(skus) {
      let sum = 0;
      for (const part of chunks(skus, 200)) {
        const { stock } = await client.stock(MERCHANT, part);
        for (const one of stock) sum += one.reserved;
      }
      return sum;
    },
    audit: () => client.audit(),
    stop: () => deployment.stop(),
  };
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
