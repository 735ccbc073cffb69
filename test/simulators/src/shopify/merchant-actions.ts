import type { Kit } from "../kit/index.ts";
import type { NotifyPlan } from "../simulator.ts";
import { locationOfGid, variantOf, type Location, type Shop } from "./account.ts";
import { gid } from "./gids.ts";
import { levelDisconnected, orderEdited, orderPlaced } from "./notifications.ts";
import { addUnits, orderOf, removeUnits, sellAtTill } from "./orders.ts";
import { subscribeApp } from "./subscriptions.ts";

/** What a merchant does in a shop's admin and no other simulated channel has. */
export interface MerchantActions {
  /** Adds units of a SKU to an order that was placed, at its line or as a new one. @throws when it is sold out. */
  addToOrder(account: string, orderId: string, edit: OrderEdit): Promise<void>;
  /** Removes units of a SKU from an order, back to stock or not. */
  removeFromOrder(account: string, orderId: string, edit: OrderEdit & { readonly restock: boolean }): Promise<void>;
  /** Sells units of a SKU at the till of a location. @param locationId the gid. @throws when it is sold out there. */
  sellAtTill(account: string, sale: TillSale): Promise<{ readonly orderId: string }>;
  /** Closes a location: it stocks nothing, and no call lists it or writes at it any more. @param locationId the gid. */
  closeLocation(account: string, locationId: string): Promise<void>;
  /** Deletes the variant of a listing from the catalog. */
  deleteVariant(account: string, sku: string): Promise<void>;
  /** Subscribes the app to a topic by its own configuration (`shopify.app.toml`), beside what it subscribes to by the API. */
  subscribeApp(account: string, topic: string, uri: string): Promise<void>;
  /** Stops stocking a SKU at a location. @param locationId the gid. */
  unstock(account: string, sku: string, locationId: string): Promise<void>;
  /** Makes a custom app's `shpat_` token, as a shop's admin did until 2026. */
  customAppToken(account: string): string;
  /** The gids of the shop's locations, in their order. */
  locations(account: string): readonly string[];
}

export interface OrderEdit {
  readonly sku: string;
  readonly quantity: number;
  readonly notify?: NotifyPlan;
}

export interface TillSale extends OrderEdit {
  /** The gid. */
  readonly locationId: string;
}

export function merchantActions(kit: Kit<Shop>): MerchantActions {
  const { accounts, history, notifier } = kit;
  return {
    async addToOrder(account, orderId, { sku, quantity, notify }) {
      const shop = accounts.get(account);
      const order = orderOf(shop, orderId);
      const line = addUnits(shop, order, sku, quantity, kit);
      notifier.notify(orderEdited(shop, order, { line, added: quantity, removed: 0 }, kit), notify);
    },
    async removeFromOrder(account, orderId, { notify, ...removal }) {
      const shop = accounts.get(account);
      const order = orderOf(shop, orderId);
      const line = removeUnits(shop, order, removal, kit);
      notifier.notify(orderEdited(shop, order, { line, added: 0, removed: removal.quantity }, kit), notify);
    },
    async sellAtTill(account, { sku, quantity, locationId, notify }) {
      const shop = accounts.get(account);
      const order = sellAtTill(shop, { sku, quantity, locationId: locationIn(shop, locationId).id }, kit);
      history.record({ type: "order_placed", account, orderId: order.id, lines: [{ sku, quantity }] });
      notifier.notify(orderPlaced(shop, order, kit), notify);
      return { orderId: order.id };
    },
    async closeLocation(account, locationId) {
      const shop = accounts.get(account);
      const location = locationIn(shop, locationId);
      location.isActive = false;
      for (const { sku } of shop.variants) shop.stock.deactivate(sku, location.id);
    },
    async deleteVariant(account, sku) {
      const shop = accounts.get(account);
      variantOf(shop, sku).isDeleted = true;
      for (const { id } of shop.locations) shop.stock.deactivate(sku, id);
    },
    subscribeApp: async (account, topic, uri) => subscribeApp(accounts.get(account), topic, uri, kit),
    async unstock(account, sku, locationId) {
      const shop = accounts.get(account);
      const location = locationIn(shop, locationId);
      shop.stock.deactivate(sku, location.id);
      notifier.notify(levelDisconnected(shop, { sku, locationId: location.id }, kit));
    },
    customAppToken: (account) => accounts.get(account).tokens.customAppToken(),
    locations: (account) => accounts.get(account).locations.map(({ id }) => gid("Location", id)),
  };
}

function locationIn(shop: Shop, locationId: string): Location {
  const location = locationOfGid(shop, locationId);
  if (!location) throw new Error(`shop ${shop.name} has no location ${locationId}`);
  return location;
}
