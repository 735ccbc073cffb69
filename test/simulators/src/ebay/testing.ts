import type { AccountSeed, SimulatedEvent, Simulator } from "../simulator.ts";
import { startEbaySimulator, type EbaySimulatorOptions } from "./index.ts";

export const scope = "https://api.ebay.com/oauth/api_scope";
export const sellerScopes = [
  scope,
  ...["sell.inventory", "sell.fulfillment", "commerce.identity.readonly", "commerce.notification.subscription"].map(
    (name) => `${scope}/${name}`,
  ),
].join(" ");

/** A simulator with one seller, and plain fetch calls to it. */
export async function openEbay(
  listings: AccountSeed["listings"],
  options: EbaySimulatorOptions = {},
  seed: Partial<AccountSeed> = {},
): Promise<EbayBench> {
  const simulator = await startEbaySimulator({ seed: 7, ...options });
  const { credentials, settings } = await simulator.addAccount({ account: "acme", listings, ...seed });
  const keys = { appId: credentials["appId"] ?? "", certId: credentials["certId"] ?? "" };

  async function call(method: string, path: string, init: CallInit = {}): Promise<Answer> {
    const headers: Record<string, string> = { ...init.headers };
    if (init.token !== undefined) headers["authorization"] = `Bearer ${init.token}`;
    if (init.json !== undefined) headers["content-type"] ??= "application/json";
    const body = init.json === undefined ? null : JSON.stringify(init.json);
    const response = await fetch(`${simulator.url}${path}`, { method, headers, body });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
  }

  async function token(form: { readonly [field: string]: string }, basic = keys): Promise<Answer> {
    const response = await fetch(`${simulator.url}/identity/v1/oauth2/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${basic.appId}:${basic.certId}`)}` },
      body: new URLSearchParams(form),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  async function trading(name: string, fields: string, init: CallInit = {}): Promise<string> {
    const headers: Record<string, string> = {
      "x-ebay-api-call-name": name,
      "x-ebay-api-siteid": "0",
      "x-ebay-api-compatibility-level": "967",
      ...(init.token !== undefined && { "x-ebay-api-iaf-token": init.token }),
      ...init.headers,
    };
    const body = `<?xml version="1.0"?><${name}Request xmlns="urn:ebay:apis:eBLBaseComponents">${fields}</${name}Request>`;
    const response = await fetch(`${simulator.url}/ws/api.dll`, { method: "POST", headers, body });
    if (response.status !== 200) throw new Error(`the Trading API answered ${response.status}`);
    return response.text();
  }

  const refreshToken = credentials["refreshToken"] ?? "";
  const accessToken = async (form: { readonly [field: string]: string }): Promise<string> =>
    (await token(form)).body.access_token;
  return {
    simulator,
    keys,
    ruName: settings["ruName"] ?? "",
    refreshToken,
    call,
    trading,
    token,
    userToken: (asked = sellerScopes) =>
      accessToken({ grant_type: "refresh_token", refresh_token: refreshToken, scope: asked }),
    applicationToken: () => accessToken({ grant_type: "client_credentials", scope }),
    events: (type) => simulator.history("acme").filter((event) => event.type === type),
  };
}

export interface EbayBench {
  readonly simulator: Simulator;
  readonly keys: { readonly appId: string; readonly certId: string };
  readonly ruName: string;
  readonly refreshToken: string;
  /** A call of the Trading API; its answer as text. */
  trading(name: string, fields: string, init?: CallInit): Promise<string>;
  call(method: string, path: string, init?: CallInit): Promise<Answer>;
  token(form: { readonly [field: string]: string }, basic?: EbayBench["keys"]): Promise<Answer>;
  userToken(scopes?: string): Promise<string>;
  applicationToken(): Promise<string>;
  events(type: SimulatedEvent["type"]): readonly SimulatedEvent[];
}

interface CallInit {
  readonly token?: string;
  readonly json?: unknown;
  readonly headers?: { readonly [name: string]: string };
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The answers under test are JSON of many shapes; a wrong guess fails the test's own expectation.
  readonly body: ReturnType<typeof JSON.parse>;
}
