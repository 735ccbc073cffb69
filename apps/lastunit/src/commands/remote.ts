import { readEnvironment, type Environment } from "@lastunit/config";
import { createLedgerClient, type LedgerClient } from "@lastunit/ledger/client";
import { z } from "zod";
import { readSecrets } from "../start/secrets.ts";

/** A running Lastunit, as the command line reaches it: as the operator. */
export interface Remote {
  readonly environment: Environment;
  readonly serviceToken: string;
  readonly ledger: LedgerClient;
  /** Calls the gateway. @throws with the gateway's own words when it refuses. */
  gateway<T>(schema: z.ZodType<T>, method: string, path: string, request?: GatewayRequest): Promise<T>;
}

export interface GatewayRequest {
  readonly merchantId?: string | undefined;
  readonly body?: unknown;
}

const problem = z.object({
  detail: z.string(),
  problems: z.array(z.string()).optional(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});

/** Reads where it runs from the environment: `LEDGER_URL`, `PUBLIC_URL`, or the ports on this machine. */
export function openRemote(): Remote {
  const environment = readEnvironment(process.env, "all");
  const { serviceToken } = readSecrets(environment);
  const host = environment.HOST === "0.0.0.0" ? "127.0.0.1" : environment.HOST;
  const ledgerUrl = environment.LEDGER_URL ?? `http://${host}:${environment.LEDGER_PORT}`;
  const gatewayUrl = environment.PUBLIC_URL?.replace(/\/$/, "") ?? `http://${host}:${environment.PORT}`;
  return {
    environment,
    serviceToken,
    ledger: createLedgerClient({ url: ledgerUrl, token: serviceToken }),
    async gateway(schema, method, path, { merchantId, body } = {}) {
      const headers: Record<string, string> = { authorization: `Bearer ${serviceToken}` };
      if (merchantId !== undefined) headers["lastunit-merchant"] = merchantId;
      const init: RequestInit = { method, headers };
      if (body !== undefined) {
        headers["content-type"] = "application/json";
        init.body = JSON.stringify(body);
      }
      const response = await fetch(gatewayUrl + path, init).catch((cause: unknown) => {
        throw new Error(`Nothing answers at ${gatewayUrl}. Start Lastunit with: npm start (or set PUBLIC_URL).`, {
          cause,
        });
      });
      const answer: unknown = await response.json();
      if (response.ok) return schema.parse(answer);
      const said = problem.safeParse(answer).data ?? { detail: `${method} ${path} answered ${response.status}.` };
      const more = [
        ...(said.problems ?? []),
        ...(said.errors ?? []).map((error) => `${error.field}: ${error.message}`),
      ];
      throw new Error([said.detail, ...more.map((line) => `  - ${line}`)].join("\n"));
    },
  };
}
