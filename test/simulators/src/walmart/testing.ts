import { randomUUID } from "node:crypto";
import type { AccountSeed, SimulatedEvent, Simulator } from "../simulator.ts";
import { startWalmartSimulator, type WalmartSimulatorOptions } from "./index.ts";

/** A simulator with one seller, and plain fetch calls to it that carry the mandatory headers. */
export async function openWalmart(
  listings: AccountSeed["listings"],
  options: WalmartSimulatorOptions = {},
): Promise<WalmartBench> {
  const simulator = await startWalmartSimulator({ seed: 7, ...options });
  const { credentials, settings } = await simulator.addAccount({ account: "acme", listings });
  const keys = { clientId: credentials["clientId"] ?? "", clientSecret: credentials["clientSecret"] ?? "" };

  async function send(method: string, path: string, init: CallInit): Promise<Answer> {
    const headers: Record<string, string> = { ...common() };
    for (const [name, value] of Object.entries(init.headers ?? {})) headers[name] = value;
    for (const name of init.without ?? []) delete headers[name];
    const response = await fetch(`${simulator.url}${path}`, { method, headers, body: init.body ?? null });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  const token = (secret = keys.clientSecret, init: CallInit = {}) =>
    send("POST", "/v3/token", {
      ...init,
      headers: { authorization: `Basic ${btoa(`${keys.clientId}:${secret}`)}`, ...init.headers },
      body: init.body ?? new URLSearchParams({ grant_type: "client_credentials" }),
    });
  const accessToken: string = (await token()).body.access_token;
  return {
    simulator,
    token,
    accessToken,
    sellerId: settings["sellerId"] ?? "",
    shipNode: simulator.stock("acme")[0]?.locationId ?? "",
    call(method, path, init = {}) {
      const headers: Record<string, string> = { "wm_sec.access_token": accessToken, ...init.headers };
      if (init.json === undefined) return send(method, path, { ...init, headers });
      headers["content-type"] ??= "application/json";
      return send(method, path, { ...init, headers, body: JSON.stringify(init.json) });
    },
    events: (type) => simulator.history("acme").filter((event) => event.type === type),
    async buy(...lines) {
      const placed = await simulator.placeOrder({ account: "acme", lines });
      if ("refused" in placed) throw new Error("sold out");
      return placed.orderId;
    },
  };
}

function common() {
  return {
    accept: "application/json",
    "wm_qos.correlation_id": randomUUID(),
    "wm_svc.name": "Walmart Marketplace",
  };
}

export interface WalmartBench {
  readonly simulator: Simulator;
  readonly accessToken: string;
  readonly sellerId: string;
  readonly shipNode: string;
  token(secret?: string, init?: CallInit): Promise<Answer>;
  call(method: string, path: string, init?: CallInit): Promise<Answer>;
  events(type: SimulatedEvent["type"]): readonly SimulatedEvent[];
  /** A buyer's order that must succeed; its purchase order id. */
  buy(...lines: readonly { readonly sku: string; readonly quantity: number }[]): Promise<string>;
}

interface CallInit {
  readonly json?: unknown;
  readonly body?: FormData | URLSearchParams | string;
  readonly headers?: { readonly [name: string]: string };
  /** Mandatory headers to leave out. */
  readonly without?: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The answers under test are JSON of many shapes; a wrong guess fails the test's own expectation.
  readonly body: ReturnType<typeof JSON.parse>;
}
