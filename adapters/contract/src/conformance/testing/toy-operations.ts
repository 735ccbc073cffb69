import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { ToyChannel } from "./toy-channel.ts";

const PAGE = 5;
const ORDERS_PER_PAGE = 100;

const row = z.object({ sku: z.string(), input: z.number(), compare: z.number().nullable() });
const money = z.object({ amount: z.string(), currency: z.string() });

interface Answer {
  readonly status: number;
  readonly answer: unknown;
}

type Handler = (channel: ToyChannel, body: unknown) => Answer;

/** What is told of a row whose feed was taken back. */
const notBegun = { status: "retry", code: "CANCELLED", message: "the feed was taken back" };

const ok = (answer: unknown): Answer => ({ status: 200, answer });

/** What each call does on the toy channel, once it is let through. */
const handlers: { readonly [operation: string]: Handler | undefined } = {
  check: (channel) => ok({ account: "toy", ends: channel.accessEnds, granted: channel.granted }),
  locations: () => ok([{ id: "W1", name: "Warehouse" }]),
  import(channel, body) {
    const from = z.number().parse(body);
    const items = [...channel.books.items.values()];
    const next = from + PAGE < items.length ? from + PAGE : null;
    return ok({ items: items.slice(from, from + PAGE), total: items.length, next });
  },
  read: (channel, body) =>
    ok(
      z
        .array(z.string())
        .parse(body)
        .map((sku) => channel.books.items.get(sku) ?? null),
    ),
  write(channel, body) {
    const { key, rows } = z.object({ key: z.string(), rows: z.array(row) }).parse(body);
    const outcomes = channel.done.get(key) ?? rows.map((one) => writeRow(channel, one));
    channel.done.set(key, outcomes);
    return ok(outcomes);
  },
  feed(channel, body) {
    const isStuck = channel.stuckFeeds > 0;
    if (isStuck) channel.stuckFeeds -= 1;
    const id = randomUUID();
    const rows = z.array(row).parse(body);
    const outcomes = rows.map((one) => (isStuck ? notBegun : writeRow(channel, one)));
    channel.feeds.set(id, { outcomes, isStuck });
    return ok(id);
  },
  cancel_feed(channel, body) {
    const id = z.string().parse(body);
    const feed = channel.feeds.get(id);
    if (!feed?.isStuck) return ok(false);
    channel.feeds.set(id, { ...feed, isStuck: false });
    return ok(true);
  },
  feed_status(channel, body) {
    const feed = channel.feeds.get(z.string().parse(body));
    return feed ? ok({ isOpen: feed.isStuck, outcomes: feed.outcomes }) : { status: 404, answer: "no such feed" };
  },
  prices(channel, body) {
    const rows = z.array(z.object({ sku: z.string(), price: money, sale: money.nullable() })).parse(body);
    return ok(
      rows.map(({ sku, price, sale }) => {
        const item = channel.books.items.get(sku);
        if (!item) return { status: "rejected", code: "UNKNOWN", message: `there is no ${sku}` };
        item.price = price;
        item.sale = sale;
        return { status: "accepted" };
      }),
    );
  },
  orders(channel, body) {
    const changed = channel.books.changedSince(z.number().parse(body));
    return ok({ changed: changed.slice(0, ORDERS_PER_PAGE), more: changed.length > ORDERS_PER_PAGE });
  },
  subscription: (channel) => ok(channel.subscribedTo),
  subscribe(channel, body) {
    channel.subscribedTo = z.string().parse(body);
    return ok(null);
  },
};

export function answerToyCall(channel: ToyChannel, operation: string, token: string, body: unknown): Answer {
  if (operation === "token" || operation === "code") return grant(channel, operation, body);
  if (channel.isRevoked || token !== channel.token) return { status: 401, answer: "who are you?" };
  return handlers[operation]?.(channel, body) ?? { status: 404, answer: "no such call" };
}

function grant(channel: ToyChannel, operation: string, body: unknown): Answer {
  const isGood = operation === "token" || channel.codes.delete(z.string().parse(body));
  if (channel.isRevoked || !isGood) return { status: 401, answer: "access denied" };
  return ok(channel.token);
}

function writeRow(channel: ToyChannel, { sku, input, compare }: z.infer<typeof row>) {
  const item = channel.books.items.get(sku);
  if (!item) return { status: "rejected", code: "UNKNOWN", message: `there is no ${sku}` };
  if (compare !== null && compare !== item.available) return { status: "stale", actual: item.available };
  item.available = input - item.unshipped;
  channel.quantityWritten(sku);
  return { status: "accepted" };
}
