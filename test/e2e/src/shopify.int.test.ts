import type { ChannelSession, ConnectAnswers, ImportedListing, ListingRef } from "@lastunit/adapter-contract";
import { callWithin } from "@lastunit/adapter-contract/conformance";
import { openNocked } from "@lastunit/adapter-contract/nocked";
import { adapterOf } from "@lastunit/adapters";
import { startShopifySimulator, type SimulatedAccount } from "@lastunit/simulators";
import { afterEach, describe, expect, it } from "vitest";

const adapter = adapterOf("shopify");
type Shopify = Awaited<ReturnType<typeof startShopifySimulator>>;

let simulator: Shopify | undefined;
afterEach(() => simulator?.stop());

/** A shop with two locations, of which the second stocks nothing yet, an untracked item and a bundle. */
async function openShop(more: { readonly settings?: object; readonly credentials?: object } = {}) {
  simulator = await startShopifySimulator({ locations: ["Main", "Annex"], untracked: ["GIFT"], bundles: ["SET"] });
  const listings = ["CAP", "GIFT", "SET", ...Array.from({ length: 100 }, (_, index) => `SKU-${index}`)].map((sku) => ({
    sku,
    quantity: 5,
  }));
  const account = await simulator.addAccount({ account: "acme", listings });
  return { simulator, account, ...connect(simulator, account, more) };
}

function connect(
  shop: Shopify,
  account: SimulatedAccount,
  more: { readonly settings?: object; readonly credentials?: object } = {},
) {
  return openNocked(adapter, {
    credentials: more.credentials ?? account.credentials,
    settings: { ...account.settings, ...more.settings },
    endpoint: new URL(shop.url),
  });
}

async function importAll(session: ChannelSession): Promise<readonly ImportedListing[]> {
  const found: ImportedListing[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<ChannelSession["importListings"]>> = await session.importListings(
      cursor,
      callWithin(),
    );
    found.push(...page.listings);
    cursor = page.next;
  } while (cursor !== null);
  return found;
}

/** Stored credentials, whose shape is the adapter's own. */
function fieldsOf(stored: unknown): object {
  return Object.fromEntries(Object.entries(stored ?? {}));
}

function refOf(listing: ImportedListing | undefined): ListingRef {
  if (!listing) throw new Error("the import did not bring it");
  const { sku, externalId, externalLocationId, external } = listing;
  return { listingId: `${sku} ${externalLocationId}`, sku, externalId, externalLocationId, external };
}

describe("a Shopify shop with several locations", () => {
  it("is stocked at a further location only where the merchant allows it, and each location shows its own number", async () => {
    const shop = await openShop({ settings: { activateLocations: "yes" } });
    const [main, annex] = shop.simulator.locations("acme");
    const imported = (await importAll(shop.session)).filter(({ sku }) => sku === "CAP");
    const caps = [main, annex].flatMap((id) => imported.filter((one) => one.externalLocationId === id));
    expect(caps.map(({ externalLocationId, available }) => [externalLocationId, available])).toEqual([
      [main, 5],
      [annex, 0],
    ]);
    const updates = caps.map((cap, index) => ({
      listing: refOf(cap),
      quantity: 7 + index,
      expected: null,
      position: 1,
    }));
    expect(await shop.session.pushInventory(updates, callWithin())).toEqual([
      { status: "accepted" },
      { status: "accepted" },
    ]);
    const shown = shop.simulator.stock("acme").filter(({ sku }) => sku === "CAP");
    expect(shown.map(({ locationId, available }) => [locationId, available])).toEqual([
      [main, 7],
      [annex, 8],
    ]);

    const careful = connect(shop.simulator, shop.account);
    await shop.simulator.unstock("acme", "CAP", annex ?? "");
    const [outcome] = await careful.session.pushInventory(
      [{ listing: refOf(caps[1]), quantity: 3, expected: 8, position: 2 }],
      callWithin(),
    );
    expect(outcome).toMatchObject({ status: "rejected", code: "NOT_STOCKED_AT_LOCATION" });
  });

  it("never offers at a location that is stocked again what it had there before", async () => {
    const { simulator: shop, session } = await openShop({ settings: { activateLocations: "yes" } });
    const [main] = shop.locations("acme");
    const cap = (await importAll(session)).find((one) => one.sku === "CAP" && one.externalLocationId === main);
    await shop.unstock("acme", "CAP", main ?? "");
    // The item is stocked, and the quantity does not get through.
    shop.fault({ account: "acme", operation: "inventorySetQuantities", effect: { type: "throttle" } });
    const pushing = session.pushInventory(
      [{ listing: refOf(cap), quantity: 2, expected: null, position: 1 }],
      callWithin(),
    );
    await expect(pushing).rejects.toMatchObject({ failure: "rate_limited" });
    expect(shop.stock("acme").find(({ sku }) => sku === "CAP")).toMatchObject({ locationId: main, available: 0 });
  });

  it("names what can't be pushed and pushes the other 98, in few calls", async () => {
    const shop = await openShop();
    const imported = await importAll(shop.session);
    const unsupported = imported.filter((one) => one.unsupported !== null);
    expect(new Set(unsupported.map(({ sku }) => sku))).toEqual(new Set(["GIFT", "SET"]));
    const others = imported.filter((one) => one.unsupported === null).slice(0, 98);
    const updates = [...unsupported, ...others].map((one) => ({
      listing: refOf(one),
      quantity: 2,
      expected: one.available ?? 5,
      position: 1,
    }));
    const before = shop.simulator.history("acme").length;
    const outcomes = await shop.session.pushInventory(updates, callWithin());
    const codes = outcomes.map((outcome) => ("code" in outcome ? outcome.code : outcome.status));
    const refused = unsupported.map(({ sku }) => (sku === "SET" ? "NON_MUTABLE_INVENTORY_ITEM" : "UNTRACKED"));
    expect(codes).toEqual([...refused, ...others.map(() => "accepted")]);
    const calls = shop.simulator.history("acme").slice(before);
    expect(calls.filter(({ type }) => type === "call").length).toBeLessThanOrEqual(3);
  });
});

describe("an edited Shopify order", () => {
  it("is told with its additions and what was removed, the same before and after", async () => {
    const { simulator: shop, session } = await openShop();
    const placed = await shop.placeOrder({ account: "acme", lines: [{ sku: "CAP", quantity: 2 }] });
    if (!("orderId" in placed)) throw new Error("sold out");
    const poll = async () => (await session.pollOrders(new Date(), callWithin())).orders[0];
    const first = await poll();
    await shop.addToOrder("acme", placed.orderId, { sku: "CAP", quantity: 1 });
    await shop.addToOrder("acme", placed.orderId, { sku: "SKU-1", quantity: 2 });
    await shop.removeFromOrder("acme", placed.orderId, { sku: "CAP", quantity: 1, restock: true });
    const edited = await poll();
    const lines = edited?.lines.map(({ item, quantity, reversals }) => ({
      sku: item.sku,
      quantity,
      back: reversals.reduce((sum, one) => sum + one.quantity, 0),
    }));
    expect(lines).toHaveLength(3);
    expect(lines).toEqual(
      expect.arrayContaining([
        { sku: "CAP", quantity: 2, back: 1 },
        { sku: "CAP", quantity: 1, back: 0 },
        { sku: "SKU-1", quantity: 2, back: 0 },
      ]),
    );
    const [placedLine] = first?.lines ?? [];
    const sameLine = edited?.lines.find(({ lineId }) => lineId === placedLine?.lineId);
    expect({ ...sameLine, reversals: [] }).toEqual(placedLine);
    expect(new Set(edited?.lines.map(({ lineId }) => lineId)).size).toBe(3);
  });
});

describe("connecting a Shopify shop", () => {
  const answersOf = ({ credentials, settings }: SimulatedAccount): ConnectAnswers => ({ ...credentials, ...settings });
  const request = { state: "state-1", redirectUrl: "https://hub.example/back" };

  /** Goes to the consent page as the merchant's browser does. */
  async function consent(shop: Shopify, account: SimulatedAccount): Promise<URLSearchParams> {
    const url = adapter.authorization?.consentUrl(answersOf(account), request);
    if (!url) throw new Error("there is no consent page");
    const answer = await fetch(shop.url + url.pathname + url.search, {
      headers: { "x-sim-host": url.host },
      redirect: "manual",
    });
    return new URL(answer.headers.get("location") ?? "").searchParams;
  }

  it("by the merchant's consent gives a token that is renewed again and again by its newest refresh token", async () => {
    const { simulator: shop, account, outbound } = await openShop();
    const callback = await consent(shop, account);
    const { signal } = callWithin();
    const granted = await adapter.authorization?.exchange(callback, answersOf(account), {
      ...request,
      outbound,
      signal,
    });
    const { session, credentials } = connect(shop, account, { credentials: fieldsOf(granted?.credentials) });
    const report = await session.check(callWithin());
    expect(report).toMatchObject({ ok: true, renewBy: { at: expect.any(String) } });
    const first = await credentials.read();
    for (let hour = 0; hour < 3; hour += 1) {
      credentials.replace({ ...fieldsOf(await credentials.read()), accessTokenExpiresAt: new Date().toISOString() });
      expect((await session.locations(callWithin())).length).toBe(2);
    }
    expect(credentials.renewals).toBe(3);
    // The first pair is dead: a copy of it that somebody kept can't be renewed.
    const stale = connect(shop, account, {
      credentials: { ...fieldsOf(first), accessTokenExpiresAt: new Date(0).toISOString() },
    });
    await expect(stale.session.locations(callWithin())).rejects.toMatchObject({
      failure: "unauthorized",
      code: "invalid_grant",
    });
  });

  it("by a custom app's token needs no client id and never asks for another", async () => {
    const { simulator: shop, account } = await openShop();
    const { clientSecret } = account.credentials;
    const credentials = { clientSecret, adminAccessToken: shop.customAppToken("acme") };
    const { session, credentials: box } = connect(shop, account, { credentials });
    expect(await session.check(callWithin())).toMatchObject({ ok: true, renewBy: null });
    expect(box.renewals).toBe(0);
    expect(shop.history("acme").some((event) => event.type === "call" && event.operation === "access_token")).toBe(
      false,
    );
  });
});
