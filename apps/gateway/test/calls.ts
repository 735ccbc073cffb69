import { randomBytes, randomUUID } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { ACME_TOKEN } from "./world.ts";

/** An HTTP answer; redirects are not followed. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly contentType: string;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into whatever came back
  readonly body: any;
}

export interface Request {
  readonly method?: string;
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
  /** Sent as it is when it is text or bytes, else as JSON. */
  readonly body?: unknown;
}

/** Calls a gateway, as `acme` unless told otherwise. */
export async function call(url: string, path: string, request: Request = {}): Promise<Answer> {
  const { method = request.body === undefined ? "GET" : "POST", token = ACME_TOKEN, body, headers = {} } = request;
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  const response = await fetch(url + path, {
    method,
    redirect: "manual",
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined || isRaw ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    body:
      body === undefined ? null : typeof body === "string" ? body : isRaw ? Buffer.from(body) : JSON.stringify(body),
  });
  const text = await response.text();
  const contentType = response.headers.get("content-type") ?? "";
  const answer = /json/.test(contentType) ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, contentType, text, body: answer };
}

/** A secret that a sender of the `webhook` kind signs with. */
export const newSecret = () => `whsec_${randomBytes(32).toString("base64")}`;

/** What connects a sender of the `webhook` kind. */
export function sender(name: string, secret: string): Record<string, unknown> {
  return { kind: "webhook", credentials: { secret }, settings: { name }, default_location_id: "WH-1" };
}

/** A delivery of such a sender, signed. */
export function delivery(
  secret: string,
  told: { readonly id?: string; readonly at?: Date; readonly body?: string } = {},
): { readonly body: string; readonly headers: Record<string, string> } {
  const { id = randomUUID(), at = new Date(), body = movements("A") } = told;
  return {
    body,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
      "webhook-signature": new Webhook(secret).sign(id, at, body),
    },
  };
}

export function movements(sku: string): string {
  const movement = { id: randomUUID(), type: "sale", sku, quantity: 1, occurred_at: "2026-03-15T14:22:03.412Z" };
  return JSON.stringify({ movements: [movement] });
}

/** The value of a webhook counter, 0 when it was never counted. */
export async function counted(url: string, kind: string, result: string): Promise<number> {
  const { text } = await call(url, "/metrics", { token: null });
  const line = text
    .split("\n")
    .find((one) => one.startsWith(`lastunit_webhooks_total{kind="${kind}",result="${result}"}`));
  return Number(line?.split(" ").at(-1) ?? 0);
}

/** The cookie a browser would send after logging in. */
export async function logIn(url: string, token: string): Promise<string> {
  const answer = await call(url, "/login", {
    body: new URLSearchParams({ token }).toString(),
    token: null,
    headers: form,
  });
  const [cookie] = answer.headers.getSetCookie();
  if (answer.status !== 303 || cookie === undefined) throw new Error(`the login was answered ${answer.status}`);
  return cookie.slice(0, cookie.indexOf(";"));
}

export const form = { "content-type": "application/x-www-form-urlencoded" };

/** A browser that keeps its cookies and sends no token. */
export interface Browser {
  call(url: string, path: string, request?: Omit<Request, "token" | "headers">): Promise<Answer>;
  /** Every `Set-Cookie` it was answered with. */
  readonly told: readonly string[];
}

/** @param cookie what it has already, such as a session's. */
export function openBrowser(cookie?: string): Browser {
  const kept = new Map<string, string>();
  const keep = (pair: string) => kept.set(pair.slice(0, pair.indexOf("=")), pair);
  if (cookie !== undefined) keep(cookie);
  const told: string[] = [];
  return {
    told,
    async call(url, path, request = {}) {
      const headers = { accept: "text/html,application/json", cookie: [...kept.values()].join("; ") };
      const answer = await call(url, path, { ...request, token: null, headers });
      for (const line of answer.headers.getSetCookie()) {
        told.push(line);
        keep(line.slice(0, line.indexOf(";")));
      }
      return answer;
    },
  };
}
