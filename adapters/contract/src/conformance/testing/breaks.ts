import type { CallContext, ChannelAdapter, ChannelConnection, ChannelSession } from "../../adapter.ts";
import { ChannelError, type ChannelFailure } from "../../errors.ts";
import type { InventoryUpdate, ListingRef } from "../../inventory.ts";
import type { OrderLine, OrderSnapshot } from "../../orders.ts";
import type { InboundFacts } from "../../webhooks.ts";
import type { Break } from "./toy-harness.ts";

/*
 * Ways to break an adapter: each breaks what it is given and leaves the rest whole.
 */

export function session(broken: (whole: ChannelSession) => Partial<ChannelSession>): Break {
  return (adapter) => ({
    ...adapter,
    open(connection) {
      const whole = adapter.open(connection);
      return { ...whole, ...broken(whole) };
    },
  });
}

/** Opens its sessions with something else than it was given. */
export function connection(
  broken: (given: ChannelConnection<unknown, unknown>) => Partial<ChannelConnection<unknown, unknown>>,
): Break {
  return (adapter) => ({ ...adapter, open: (given) => adapter.open({ ...given, ...broken(given) }) });
}

export function capabilities(broken: Partial<ChannelAdapter["capabilities"]>): Break {
  return (adapter) => ({ ...adapter, capabilities: { ...adapter.capabilities, ...broken } });
}

/** Pushes something else than it was asked for. */
export function updates(distorted: (update: InventoryUpdate) => InventoryUpdate): Break {
  return session((whole) => ({
    pushInventory: (asked, call) => whole.pushInventory(asked.map(distorted), call),
    submitFeed: async (asked, call) => (await whole.submitFeed?.(asked.map(distorted), call)) ?? "",
  }));
}

/** Makes the same of everything that goes wrong in a push or a feed. */
export function failingAs(failure: ChannelFailure): Break {
  const fail = () => {
    throw new ChannelError(failure, "no luck", { code: "failed" });
  };
  return session((whole) => ({
    pushInventory: (...args) => whole.pushInventory(...args).catch(fail),
    readInventory: (...args) => whole.readInventory(...args).catch(fail),
    submitFeed: async (...args) => (await whole.submitFeed?.(...args).catch(fail)) ?? "",
  }));
}

/** Hears of orders what is not so. */
export function orders(distorted: (order: OrderSnapshot) => OrderSnapshot): Break {
  const facts = (told: InboundFacts) => ({ ...told, orders: told.orders.map(distorted) });
  return session((whole) => ({
    normalize: async (...args) => facts(await whole.normalize(...args)),
    async pollOrders(...args) {
      const page = await whole.pollOrders(...args);
      return { ...page, orders: page.orders.map(distorted) };
    },
  }));
}

export function lines(distorted: (line: OrderLine) => OrderLine): Break {
  return orders((order) => ({ ...order, lines: order.lines.map(distorted) }));
}

export function webhooks(verify: NonNullable<ChannelAdapter["webhooks"]>["verify"]): Break {
  return (adapter) => ({ ...adapter, webhooks: { verify } });
}

export function authorization(broken: Partial<NonNullable<ChannelAdapter["authorization"]>>): Break {
  return (adapter) =>
    adapter.authorization ? { ...adapter, authorization: { ...adapter.authorization, ...broken } } : adapter;
}

/** The SKU as one reads it who takes it for a number: "007" is 7. */
export function asNumber(sku: string): string {
  return Number.isNaN(Number(sku)) ? sku : String(Number(sku));
}

/** The units of each listing that were sold and wait to be shipped. */
export async function unshippedOf(
  whole: ChannelSession,
  listings: readonly ListingRef[],
  call: CallContext,
): Promise<readonly number[]> {
  const read = await whole.readInventory(listings, call);
  return read.map((one) => (one.status === "read" ? (one.reserved ?? 0) : 0));
}
