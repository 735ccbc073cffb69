import type { SimulatedAccount, SimulatedKind, Simulator } from "@lastunit/simulators";
import { beginImport, storeImportPage, upsertListings, type Json } from "@lastunit/store";
import { connectShop } from "@lastunit/test-support";
import { z } from "zod";
import { LOCATION, received, type Product } from "../product.ts";

const CHUNK = 1_000;
const AT_ONCE = 16;

/** A merchant with one channel that shows all its stock. */
export interface Catalog {
  readonly kind: SimulatedKind;
  readonly merchantId: string;
  readonly channelId: string;
  readonly simulator: Simulator;
  readonly skus: readonly string[];
}

/** The first call of each kind's import, and how many calls of that name proving the connection makes before it. */
const importBegins: Readonly<Record<SimulatedKind, { readonly operation: string; readonly after: number }>> = {
  shopify: { operation: "productVariantsCount", after: 0 },
  amazon: { operation: "searchListingsItems", after: 1 },
  ebay: { operation: "getInventoryItems", after: 1 },
  walmart: { operation: "getMultiNodeInventoryForAllSkuAndAllShipNodes", after: 0 },
};

/**
 * Connects a channel as a merchant would, but for its import: 10,000 listings take minutes at the channels' limits, and
 * spend what is to be measured. The import is kept from beginning, and what it would have stored is stored.
 */
export async function openCatalog(
  product: Product,
  { kind, skus, units }: { readonly kind: SimulatedKind; readonly skus: readonly string[]; readonly units: number },
): Promise<Catalog> {
  const merchantId = `of-${kind}`;
  const simulator = product.simulators[kind];
  await product.ledger.createMerchant(merchantId);
  for (let start = 0; start < skus.length; start += CHUNK) {
    const events = skus.slice(start, start + CHUNK).map((sku) => received(sku, units));
    await product.ledger.append(merchantId, events);
  }
  simulator.fault({
    ...importBegins[kind],
    account: merchantId,
    times: CHUNK,
    effect: { type: "status", status: 503 },
  });
  let opened: SimulatedAccount | undefined;
  const { channelId } = await connectShop(
    product.deployment,
    {
      kind,
      stock: (account) => simulator.stock(account),
      addAccount: async (seed) => (opened = await simulator.addAccount(seed)),
    },
    { merchantId, locationId: LOCATION, skus, units },
  );
  // Nothing is left to be imported: the listings are stored below.
  const lease = await beginImport(product.store, channelId, 60);
  const page = { listings: [], passedOver: 0, next: null, total: null };
  await storeImportPage(product.store, { channelId, merchantId }, page, { lease, leaseSeconds: 60 });
  simulator.clearFaults();
  const noted = await notedByImport(simulator, skus, opened?.credentials ?? {});
  await storeListings(product, { simulator, merchantId, channelId }, noted);
  return { kind, merchantId, channelId, simulator, skus };
}

async function storeListings(
  product: Product,
  { simulator, merchantId, channelId }: Omit<Catalog, "kind" | "skus">,
  noted: Noted,
): Promise<void> {
  const shown = simulator.stock(merchantId);
  for (let start = 0; start < shown.length; start += CHUNK) {
    const imported = shown.slice(start, start + CHUNK).map(({ sku, externalId, locationId, available }) => ({
      sku,
      barcode: null,
      externalId,
      externalLocationId: locationId,
      external: noted(sku),
      lineRef: sku,
      title: sku,
      available,
      unsupported: null,
    }));
    await upsertListings(product.store, { channelId, merchantId }, imported);
  }
}

type Noted = (sku: string) => { readonly [key: string]: Json };

/** What each adapter's import notes on a listing beside its id, as far as pushing needs it. */
async function notedByImport(
  simulator: Simulator,
  skus: readonly string[],
  credentials: SimulatedAccount["credentials"],
): Promise<Noted> {
  if (simulator.kind === "amazon") return () => ({ productType: "PRODUCT", fulfillmentChannel: "DEFAULT" });
  if (simulator.kind !== "ebay") return () => ({});
  const offers = await readOffers(simulator.url, skus, credentials);
  return (sku) => ({ backend: "inventory", offerIds: [offers.get(sku) ?? ""] });
}

const Token = z.object({ access_token: z.string() });
const Offers = z.object({ offers: z.tuple([z.object({ offerId: z.string() })]) });

/** eBay names an offer's id by getOffers alone, SKU by SKU. @returns them by SKU. */
async function readOffers(
  url: string,
  skus: readonly string[],
  { appId, certId, refreshToken }: SimulatedAccount["credentials"],
): Promise<ReadonlyMap<string, string>> {
  const granted = await fetch(`${url}/identity/v1/oauth2/token`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${appId}:${certId}`).toString("base64")}` },
    body: new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: refreshToken ?? "",
      scope: "https://api.ebay.com/oauth/api_scope/sell.inventory.readonly",
    }),
  });
  const { access_token } = Token.parse(await granted.json());
  const headers = { authorization: `Bearer ${access_token}` };
  const offers = new Map<string, string>();
  const rest = skus.values();
  const readRest = async () => {
    for (const sku of rest) {
      const answer = await fetch(`${url}/sell/inventory/v1/offer?sku=${encodeURIComponent(sku)}`, { headers });
      offers.set(sku, Offers.parse(await answer.json()).offers[0].offerId);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, readRest));
  return offers;
}

/** Listings that do not show what they must, those under way included. */
export async function waitingListings({ store }: Product, { channelId }: Pick<Catalog, "channelId">): Promise<number> {
  const { rows } = await store.query<{ waiting: number }>(
    `select count(*)::int as waiting from sync_state
     where channel_id = $1 and (shown_quantity is distinct from desired_quantity or push_lease is not null)`,
    [channelId],
  );
  return rows[0]?.waiting ?? 0;
}
