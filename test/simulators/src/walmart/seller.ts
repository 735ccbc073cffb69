import type { AccountSeed } from "../simulator.ts";
import { createStock, type ChannelAccount, type Kit } from "../kit/index.ts";
import type { Feed } from "./feed.ts";
import { availableToSell, createItem, type Item } from "./item.ts";
import type { OrderSearch } from "./order-search.ts";
import type { Order } from "./order.ts";
import type { ReturnOrder, ReturnSearch } from "./return.ts";
import { grantedScopes, type Scopes } from "./scopes.ts";
import type { Subscription } from "./subscription.ts";

/** A seller. `stock` holds what a buyer can buy; the numbers behind it are the items'. */
export interface Seller extends ChannelAccount {
  readonly partnerId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  isRevoked: boolean;
  readonly scopes: Scopes;
  /** At least one. */
  readonly shipNodes: readonly ShipNode[];
  /** The one that is meant where none is named. */
  readonly shipNode: ShipNode;
  readonly items: ReadonlyMap<string, Item>;
  /** By purchase order id, oldest first. */
  readonly orders: Map<string, Order>;
  /** By return order id, oldest first. */
  readonly returns: Map<string, ReturnOrder>;
  /** By feed id, oldest first. */
  readonly feeds: Map<string, Feed>;
  readonly subscriptions: Map<string, Subscription>;
  readonly cursors: Cursors;
}

export interface ShipNode {
  readonly id: string;
  readonly name: string;
  readonly type: "SellerFulfilled" | "WFSFulfilled";
}

/** Where Walmart keeps what it fulfills itself; not among a seller's nodes. */
const walmartNode: ShipNode = { id: "90000000001", name: "Walmart fulfillment center", type: "WFSFulfilled" };

/** The places in lists that were handed out. */
export interface Cursors {
  /** Snapshot handles of the item list, with the time each stops working. */
  readonly items: Map<string, { readonly expiresAt: number }>;
  /** The next row of the inventory list, by cursor. */
  readonly inventories: Map<string, number>;
  /** The rest of an order search, by the query string that was handed out. */
  readonly orders: Map<string, { readonly search: OrderSearch; readonly offset: number }>;
  /** The rest of a return search, likewise. */
  readonly returns: Map<string, { readonly search: ReturnSearch; readonly offset: number }>;
}

/** @throws when a SKU is listed twice. */
export function openSeller(seed: AccountSeed, { random, history }: Kit<Seller>, nodes: number): Seller {
  const clientId = random.uuid();
  const clientSecret = random.hex(64);
  const partnerId = `100${random.digits(8)}`;
  const nodeNamed = (name: string): ShipNode => ({ id: random.digits(11), name, type: "SellerFulfilled" });
  const shipNode = nodeNamed("Main warehouse");
  const others = Array.from({ length: nodes - 1 }, (_, index) => nodeNamed(`Warehouse ${index + 2}`));
  const items = seed.listings.map((listing) =>
    createItem(listing, (listing.fulfilledByChannel ? walmartNode : shipNode).id, random),
  );
  const stock = items.map((item) => {
    const [locationId = null] = item.nodes.keys();
    return { sku: item.sku, externalId: item.sku, locationId, available: availableToSell(item) };
  });
  return {
    name: seed.account,
    stock: createStock(seed.account, stock, history),
    connection: { account: seed.account, credentials: { clientId, clientSecret }, settings: { sellerId: partnerId } },
    partnerId,
    clientId,
    clientSecret,
    isRevoked: false,
    scopes: grantedScopes(seed.permissions),
    shipNodes: [shipNode, ...others],
    shipNode,
    items: new Map(items.map((item) => [item.sku, item])),
    orders: new Map(),
    returns: new Map(),
    feeds: new Map(),
    subscriptions: new Map(),
    cursors: { items: new Map(), inventories: new Map(), orders: new Map(), returns: new Map() },
  };
}

/** Sets the item's input quantity at a node of the seller; what a buyer can buy follows. */
export function writeInput(seller: Seller, item: Item, shipNode: string, amount: number): void {
  const { reservedQty = 0 } = item.nodes.get(shipNode) ?? {};
  item.nodes.set(shipNode, { inputQty: amount, reservedQty });
  seller.stock.write(item.sku, availableToSell(item));
}

export function hasNode(seller: Seller, shipNode: string): boolean {
  return seller.shipNodes.some(({ id }) => id === shipNode);
}

/** An item of the seller's own stock: of what Walmart keeps itself it neither tells nor takes a quantity. */
export function ownItem(seller: Seller, sku: string): Item | undefined {
  const item = seller.items.get(sku);
  return item?.isFulfilledByWalmart ? undefined : item;
}

/** The node of this id, Walmart's own included. */
export function nodeOf(seller: Seller, id: string | undefined): ShipNode {
  return [...seller.shipNodes, walmartNode].find((node) => node.id === id) ?? seller.shipNode;
}

/** @throws when there is none. */
export function itemOf(seller: Seller, sku: string): Item {
  const item = seller.items.get(sku);
  if (!item) throw new Error(`${seller.name} has no item with SKU ${sku}`);
  return item;
}
