import type { SimulatedAccount, Simulator } from "../simulator.ts";
import { asObject, type JsonObject } from "../kit/index.ts";
import { at, textAt } from "./path.ts";

export interface GraphqlAnswer {
  readonly status: number;
  /** The API version it was answered in. */
  readonly servedVersion: string | null;
  readonly body: { readonly data: JsonObject | undefined; readonly errors: unknown; readonly extensions: unknown };
}

/** Plain fetch against one simulated shop. */
export function shopifyClient(simulator: Simulator, { credentials, settings }: SimulatedAccount) {
  const host = settings["shop"] ?? "";
  const { clientId = "", clientSecret = "" } = credentials;

  const oauth = async (fields: { readonly [field: string]: string }) => {
    const answer = await fetch(`${simulator.url}/admin/oauth/access_token`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-sim-host": host },
      body: JSON.stringify({ client_id: clientId, client_secret: clientSecret, ...fields }),
    });
    const body = asObject(await answer.json()) ?? {};
    return { status: answer.status, body };
  };

  /** Opens the consent page. @param changes to what the app asks for. */
  const openConsent = (changes: { readonly [field: string]: string } = {}) => {
    const asked = {
      client_id: clientId,
      redirect_uri: "https://hub.example/back",
      state: "s1",
      scope: "read_products",
    };
    const query = new URLSearchParams({ ...asked, ...changes });
    const headers = { "x-sim-host": host };
    return fetch(`${simulator.url}/admin/oauth/authorize?${query.toString()}`, { headers, redirect: "manual" });
  };

  /** What the merchant's browser brings back from it, with an authorization code. */
  const authorize = async (changes: { readonly [field: string]: string } = {}) =>
    new URL((await openConsent(changes)).headers.get("location") ?? "").searchParams;

  let token: string | undefined;
  const ownToken = async () =>
    (token ??= textAt((await oauth({ grant_type: "client_credentials" })).body, "access_token"));
  const graphql = async (
    query: string,
    variables: object = {},
    headers: { readonly [name: string]: string } = {},
    version = "2026-10",
  ): Promise<GraphqlAnswer> => {
    const used = headers["x-shopify-access-token"] ?? (await ownToken());
    const answer = await fetch(`${simulator.url}/admin/api/${version}/graphql.json`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-sim-host": host, ...headers, "x-shopify-access-token": used },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors, extensions } = asObject(await answer.json()) ?? {};
    const servedVersion = answer.headers.get("x-shopify-api-version");
    return { status: answer.status, servedVersion, body: { data: asObject(data), errors, extensions } };
  };

  return { oauth, openConsent, authorize, graphql, clientSecret };
}

export function errorCode({ body }: GraphqlAnswer): unknown {
  return at(body, "errors.0.extensions.code");
}
