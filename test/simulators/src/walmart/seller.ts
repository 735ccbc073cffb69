import type { AccountSeed } from "../simulator.ts";
import { createStock, type ChannelAccount, type Kit } from "../kit/index.ts";
import type { Feed } from "./feed.ts";
import { availableToSell, createItem, type Item } from "./item.ts";
import type { OrderSearch } from "./order-search.ts";
import type { Order } from "./order.ts";
import type { Subscription } from "./subscription.ts";

/** A seller with one ship node. `stock` holds what a buyer can buy; the numbers behind it are the items'. */
export interface Seller extends ChannelAccount {
  readonly partnerId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  isRevoked: boolean;
  readonly shipNode: { readonly id: string; readonly name: string };
  readonly items: ReadonlyMap<string, Item>;
  /** By purchase order id, oldest first. */
  readonly orders: Map<string, Order>;
  /** By feed id, oldest first. */
  readonly feeds: Map<string, Feed>;
  readonly subscriptions: Map<string, Subscription>;
  readonly cursors: Cursors;
}

/** The places in lists that were handed out. */
export interface Cursors {
  /** Snapshot handles of the item list, with the time each stops working. */
  readonly items: Map<string, { readonly expiresAt: number }>;
  /** The next row of the inventory list, by cursor. */
  readonly inventories: Map<string, number>;
  /** The rest of an order search, by the query string that was handed out. */
  readonly orders: Map<string, { readonly search: OrderSearch; readonly offset: number }>;
}

/** @throws when a SKU is listed twice. */
export function openSeller(seed: AccountSeed, { random, history }: Kit<Seller>): Seller {
  const clientId = random.uuid();
  const clientSecret = random.hex(64);
  const partnerId = `100${random.digits(8)}`;
  const shipNode = { id: random.digits(11), name: "Main warehouse" };
  const items = seed.listings.map((listing) => createItem(listing, random));
  const stock = items.map((item) => {
    return { sku: item.sku, externalId: item.sku, locationId: shipNode.id, available: availableToSell(item) };
  });
  return {
    name: seed.account,
    stock: createStock(seed.account, stock, history),
    connection: { account: seed.account, credentials: { clientId, clientSecret }, settings: { sellerId: partnerId } },
    partnerId,
    clientId,
    clientSecret,
    isRevoked: false,
    shipNode,
    items: new Map(items.map((item) => [item.sku, item])),
    orders: new Map(),
    feeds: new Map(),
    subscriptions: new Map(),
    cursors: { items: new Map(), inventories: new Map(), orders: new Map() },
  };
}

/** Sets the item's input quantity; what a buyer can buy follows. */
export function writeInput(seller: Seller, item: Item, amount: number): void {
  item.inputQty = amount;
  seller.stock.write(item.sku, availableToSell(item));
}
