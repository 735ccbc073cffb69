import path from "node:path";
import { readEnvironment, type Environment } from "@lastunit/config";
import { createLedgerClient, type LedgerClient } from "@lastunit/ledger/client";
import { z } from "zod";
import { UNKNOWN_TOKEN } from "../start/failure.ts";
import { readSecrets } from "../start/secrets.ts";

/** A running Lastunit, as the command line reaches it: as the operator. */
export interface Remote {
  readonly serviceToken: string;
  readonly ledger: LedgerClient;
  /** Calls the gateway. @throws {GatewayRefusal} */
  gateway<T>(schema: z.ZodType<T>, method: string, path: string, request?: GatewayRequest): Promise<T>;
}

export interface GatewayRequest {
  readonly merchantId?: string | undefined;
  readonly body?: unknown;
}

/** The gateway's "no", in its own words. */
export class GatewayRefusal extends Error {
  override readonly name = "GatewayRefusal";
  /** The account's locations, where it is about them. */
  readonly locations: readonly { readonly external_location_id: string; readonly name: string }[];

  constructor(message: string, locations: GatewayRefusal["locations"]) {
    super(message);
    this.locations = locations;
  }
}

const problem = z.object({
  code: z.string(),
  detail: z.string(),
  locations: z.array(z.object({ external_location_id: z.string(), name: z.string() })).default([]),
  problems: z.array(z.string()).optional(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});

/**
 * Reads where it runs from the environment: `LEDGER_URL`, `PUBLIC_URL`, or the ports on this machine.
 *
 * @throws when nothing has run on the data folder yet, so that there is no token to come with.
 */
export function openRemote(): Remote {
  const environment = readEnvironment(process.env, "all");
  const serviceToken = serviceTokenOf(environment);
  const host = environment.HOST === "0.0.0.0" ? "127.0.0.1" : environment.HOST;
  const ledgerUrl = environment.LEDGER_URL ?? `http://${host}:${environment.LEDGER_PORT}`;
  const gatewayUrl = environment.PUBLIC_URL?.replace(/\/$/, "") ?? `http://${host}:${environment.PORT}`;
  return {
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
        throw new Error(
          `Nothing answers at ${gatewayUrl}. Start Lastunit with: npm start (or set PORT or PUBLIC_URL).`,
          {
            cause,
          },
        );
      });
      const answer: unknown = await response.json().catch(() => undefined);
      const wanted = schema.safeParse(answer);
      if (response.ok && wanted.success) return wanted.data;
      const said = problem.safeParse(answer);
      // All we ask for is there in our gateway; another server of ours has not even the path.
      if (!said.success || said.data.code === "not_found") {
        throw new Error(
          `What answers at ${gatewayUrl} is not Lastunit's gateway. Set PORT or PUBLIC_URL to where it is.`,
        );
      }
      throw new GatewayRefusal(refusal(said.data), said.data.locations);
    },
  };
}

function serviceTokenOf({ LEDGER_SERVICE_TOKEN, DATA_DIR }: Environment): string {
  const token = LEDGER_SERVICE_TOKEN ?? readSecrets(DATA_DIR)?.serviceToken;
  if (token !== undefined) return token;
  throw new Error(
    `Lastunit has not run on the data folder ${path.resolve(DATA_DIR)} yet. Start it with: npm start ` +
      "(or set DATA_DIR to the folder it runs on, or LEDGER_SERVICE_TOKEN to the token it was started with).",
  );
}

function refusal({ code, detail, problems = [], errors = [] }: z.infer<typeof problem>): string {
  if (code === "unauthorized") return UNKNOWN_TOKEN;
  const more = [...problems, ...errors.map(({ field, message }) => `${field}: ${message}`)];
  return [detail, ...more.map((line) => `  - ${line}`)].join("\n");
}
