import type { Kit } from "../kit/index.ts";
import type { NotifyPlan } from "../simulator.ts";
import { locationOfGid, type Shop } from "./account.ts";
import { gid } from "./gids.ts";
import { levelDisconnected, orderEdited } from "./notifications.ts";
import { addUnits, orderOf, removeUnits } from "./orders.ts";

/** What a merchant does in a shop's admin and no other simulated channel has. */
export interface MerchantActions {
  /** Adds units of a SKU to an order that was placed, at its line or as a new one. @throws when it is sold out. */
  addToOrder(account: string, orderId: string, edit: OrderEdit): Promise<void>;
  /** Removes units of a SKU from an order, back to stock or not. */
  removeFromOrder(account: string, orderId: string, edit: OrderEdit & { readonly restock: boolean }): Promise<void>;
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

export function merchantActions(kit: Kit<Shop>): MerchantActions {
  const { accounts, notifier } = kit;
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
    async unstock(account, sku, locationId) {
      const shop = accounts.get(account);
      const location = locationOfGid(shop, locationId);
      if (!location) throw new Error(`shop ${account} has no location ${locationId}`);
      shop.stock.deactivate(sku, location.id);
      notifier.notify(levelDisconnected(shop, { sku, locationId: location.id }, kit));
    },
    customAppToken: (account) => accounts.get(account).tokens.customAppToken(),
    locations: (account) => accounts.get(account).locations.map(({ id }) => gid("Location", id)),
  };
}
