import { adapters } from "@lastunit/adapters";
import type { SimulatedKind } from "@lastunit/simulators";
import { listChannels } from "@lastunit/store";
import { beforeAll, expect } from "vitest";
import { openAccount, platforms } from "../accounts.ts";
import { call, logIn, openBrowser, type Browser } from "../calls.ts";
import { ACME_TOKEN, useWorld, type World } from "../world.ts";

/** The one app of a solution provider that Walmart's simulator knows. */
const walmartsApp = {
  clientId: "2a44c735-6d2a-4061-8aa8-000000000001",
  clientSecret: "secret-of-the-solution-providers-app",
};

/** For the tests of a file: a world with all platforms, in which `acme` grants access on their pages. */
export function useConsents() {
  const its = useWorld({ kinds: platforms });
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = openBrowser(await logIn(its.url, ACME_TOKEN));
  });
  const acmes = () => {
    if (!browser) throw new Error("a browser exists only inside a test");
    return browser;
  };

  const open = (kind: SimulatedKind) => openUnconnected(its.world, kind);

  /** Begins as the console does. */
  async function begin(kind: SimulatedKind) {
    const { account, request } = await open(kind);
    const begun = await acmes().call(its.url, "/v1/consents", { body: request });
    expect(begun).toMatchObject({ status: 201, body: { kind, status: "waiting", reason: null } });
    return { account, id: String(begun.body.consent_id), page: asAccount(begun.body.url, account), request };
  }

  const comeBack = (callback: URL, by: Browser = acmes()) =>
    by.call(callback.origin, callback.pathname + callback.search);
  const find = (id: string, token = ACME_TOKEN) => call(its.url, `/v1/consents/${id}`, { token });
  const finish = (id: string, told: { readonly token?: string; readonly body?: unknown } = {}) =>
    call(its.url, `/v1/consents/${id}/finish`, { method: "POST", ...told });

  /** Whether any channel is the account's. */
  const isConnected = async (account: string) =>
    (await listChannels(its.world.store)).some(({ channelKey }) => channelKey.includes(account));

  return {
    get world() {
      return its.world;
    },
    get url() {
      return its.url;
    },
    /** The merchant's, logged in. */
    get browser() {
      return acmes();
    },
    open,
    begin,
    comeBack,
    find,
    finish,
    isConnected,
  };
}

/** Opens an account and answers what must be answered before its consent page. */
async function openUnconnected(world: World, kind: SimulatedKind) {
  const opened = await openAccount(world, kind);
  const known: { readonly [name: string]: string } = {
    ...opened.settings,
    ...opened.credentials,
    ...(kind === "walmart" && walmartsApp),
  };
  const asked = adapters[kind].fields.filter(({ name }) => adapters[kind].authorization?.asks.includes(name));
  const part = (wanted: string) =>
    Object.fromEntries(asked.filter((field) => field.part === wanted).map(({ name }) => [name, known[name] ?? ""]));
  return {
    account: opened.account,
    request: { kind, credentials: part("credentials"), settings: part("settings"), default_location_id: "WH-1" },
  };
}

/** A platform's page as the account sees it that is logged in there: Walmart's is told, the others' addresses tell. */
export function asAccount(page: string, account: string): string {
  const address = new URL(page);
  address.searchParams.set("sim_account", account);
  return address.href;
}

/** What the merchant's browser does on the platform's page, without a header of ours. @returns where it is sent back to. */
export async function decide(page: string, decision: "agree" | "decline" = "agree"): Promise<URL> {
  const address = new URL(page);
  if (decision === "decline") address.searchParams.set("sim_decision", "decline");
  const answer = await call(address.origin, address.pathname + address.search, { token: null });
  expect(answer.status).toBe(302);
  return new URL(answer.headers.get("location") ?? "");
}
