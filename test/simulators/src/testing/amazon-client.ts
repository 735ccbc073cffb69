import type { SimulatedAccount, Simulator } from "../simulator.ts";
import { asObject, type JsonObject } from "../kit/index.ts";
import { at, textAt } from "./path.ts";

export interface AmazonAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonObject;
}

const API = "sellingpartnerapi-na.amazon.com";

/** Plain fetch against one simulated seller. */
export function amazonClient(simulator: Simulator, { credentials, settings }: SimulatedAccount) {
  const { clientId = "", clientSecret = "", refreshToken = "" } = credentials;

  const token = async (fields: { readonly [field: string]: string } = {}) => {
    const answer = await fetch(`${simulator.url}/auth/o2/token`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-sim-host": "api.amazon.com" },
      body: JSON.stringify({
        grant_type: "refresh_token",
        refresh_token: refreshToken,
        client_id: clientId,
        client_secret: clientSecret,
        ...fields,
      }),
    });
    return { status: answer.status, body: asObject(await answer.json()) ?? {} };
  };

  const grantless = async () =>
    textAt(
      (await token({ grant_type: "client_credentials", scope: "sellingpartnerapi::notifications" })).body,
      "access_token",
    );

  let sellerToken: string | undefined;
  const call = async (
    method: string,
    path: string,
    body?: object,
    headers: { readonly [name: string]: string } = {},
  ): Promise<AmazonAnswer> => {
    sellerToken ??= textAt((await token()).body, "access_token");
    const answer = await fetch(simulator.url + path, {
      method,
      headers: { "x-sim-host": API, "x-amz-access-token": sellerToken, "content-type": "application/json", ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, headers: answer.headers, body: asObject(await answer.json()) ?? {} };
  };

  /** What stands behind a presigned address, or is put there. */
  const document = (address: string, init: RequestInit = {}) => {
    const { host, pathname, search } = new URL(address);
    const headers = new Headers(init.headers);
    headers.set("x-sim-host", host);
    return fetch(simulator.url + pathname + search, { ...init, headers });
  };

  return {
    token,
    grantless,
    call,
    document,
    settings,
    sellerId: settings["sellerId"] ?? "",
    queueUrl: settings["sqsQueueUrl"] ?? "",
  };
}

export function firstError({ body }: AmazonAnswer): unknown {
  return at(body, "errors.0");
}
