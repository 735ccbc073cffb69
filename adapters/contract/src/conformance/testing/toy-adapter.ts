import { timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { CallContext, ChannelAdapter, ChannelConnection, ChannelSession } from "../../adapter.ts";
import { ChannelError, WebhookError } from "../../errors.ts";
import type { InventoryUpdate, UpdateOutcome } from "../../inventory.ts";
import { orderSnapshotSchema } from "../../order-snapshot-schema.ts";
import type { InboundFacts } from "../../webhooks.ts";
import { signToy, toyLimit, type ToyAnswer, type ToyChannel } from "./toy-channel.ts";

const ToyCredentials = z.object({
  accessToken: z.string(),
  webhookSecret: z.string(),
  /** Still good while the channel changes it. */
  earlierWebhookSecret: z.string().optional(),
});
const ToySettings = z.object({ account: z.string() });

const MAX_AGE_MS = 300_000;
const outcomes: z.ZodType<readonly UpdateOutcome[]> = z.array(
  z.discriminatedUnion("status", [
    z.object({ status: z.literal("accepted") }),
    z.object({ status: z.literal("stale"), actual: z.number() }),
    z.object({ status: z.literal("rejected"), code: z.string(), message: z.string() }),
    z.object({ status: z.literal("retry"), code: z.string(), message: z.string() }),
  ]),
);
const item = z.object({
  sku: z.string(),
  barcode: z.string().nullable(),
  available: z.number(),
  unshipped: z.number(),
});
const text = { label: "a field", help: "as the toy says", required: true };

/** An adapter of the toy channel that keeps every promise; the suite's own test breaks them one by one. */
export function toyAdapter(channel: ToyChannel): ChannelAdapter {
  return {
    kind: "webhook",
    title: "The toy channel",
    credentials: ToyCredentials,
    settings: ToySettings,
    fields: [
      { ...text, name: "account", part: "settings", sensitive: false },
      { ...text, name: "accessToken", part: "credentials", sensitive: true },
      { ...text, name: "earlierWebhookSecret", part: "credentials", sensitive: true, required: false },
    ],
    capabilities: {
      pushesInventory: true,
      listingsPerCall: 5,
      pushBuckets: { api: { listingsPerCall: 5 } },
      comparesAndSets: true,
      restocksCancelled: true,
      appliesWithinMs: 0,
      revisionsPerDay: null,
      quantityBasis: "includes_unshipped",
      feeds: { from: 10, listings: 100 },
      pricesPerCall: 5,
    },
    limits: { api: toyLimit },
    accountOf: (settings) => ToySettings.parse(settings).account,
    open: (connection) => openToy(channel, connection),
    authorization: {
      asks: ["account"],
      takes: ["earlierWebhookSecret"],
      consentUrl({ account }, { state, redirectUrl }) {
        if (account === undefined) throw new ChannelError("rejected", "name the account", { code: "missing" });
        return new URL(`https://toy.example/consent?${new URLSearchParams({ state, redirectUrl }).toString()}`);
      },
      async exchange(callback, answers) {
        const answer = await channel.call("code", "", callback.get("code") ?? "");
        const accessToken = z.string().parse(read(answer));
        return {
          credentials: {
            accessToken,
            webhookSecret: channel.secret,
            earlierWebhookSecret: answers["earlierWebhookSecret"],
          },
          settings: { account: answers["account"] ?? "" },
        };
      },
    },
    webhooks: {
      async verify({ headers, body }, { credentials }, now) {
        const { webhookSecret, earlierWebhookSecret } = ToyCredentials.parse(await credentials.read());
        const [id = "", sentAt = "", signature = ""] = ["toy-id", "toy-sent-at", "toy-signature"].map(
          (name) => headers[name],
        );
        const isGenuine = [webhookSecret, earlierWebhookSecret ?? webhookSecret].some((secret) =>
          isSame(signToy(secret, id, sentAt, body), signature),
        );
        if (!isGenuine) throw new WebhookError("unauthorized", "the signature is wrong");
        if (now - Number(sentAt) > MAX_AGE_MS) throw new WebhookError("unauthorized", "the delivery is too old");
        return { deliveryId: id, topic: "toy" };
      },
    },
  };
}

function openToy(channel: ToyChannel, { credentials, pacer }: ChannelConnection<unknown, unknown>): ChannelSession {
  async function request<T>(schema: z.ZodType<T>, operation: string, body: unknown, call: CallContext): Promise<T> {
    const isBackground = call.urgency === "background" || operation === "import" || operation === "orders";
    const attempt = async (token: string) => {
      const ask = () => untilAborted(channel.call(operation, token, body), call.signal);
      const options = { urgency: isBackground ? "background" : "prompt", signal: call.signal } as const;
      const answer = await pacer.spend("api", ask, options).catch(lost);
      const { retryAfterMs } = answer;
      if (retryAfterMs !== undefined) pacer.observe("api", { remaining: 0, refillsAt: Date.now() + retryAfterMs });
      return answer;
    };
    if (call.signal.aborted) throw lostCall();
    const tokenOf = (stored: unknown) => ToyCredentials.parse(stored).accessToken;
    const accessToken = tokenOf(await credentials.read());
    const answer = await attempt(accessToken);
    if (answer.status !== 401) return schema.parse(read(answer));
    const renewed = await credentials.renew(async (current) => {
      if (tokenOf(current) !== accessToken) return current;
      const token = z.string().parse(read(await channel.call("token", "", null)));
      return { ...ToyCredentials.parse(current), accessToken: token };
    });
    return schema.parse(read(await attempt(tokenOf(renewed))));
  }

  async function rowsOf(updates: readonly InventoryUpdate[], call: CallContext) {
    const skus = updates.map(({ listing }) => listing.sku);
    const items = await request(z.array(item.nullable()), "read", skus, call);
    return updates.map(({ listing, quantity, expected }, index) => ({
      sku: listing.sku,
      input: quantity + (items[index]?.unshipped ?? 0),
      compare: expected,
    }));
  }

  return {
    async check(call) {
      const schema = z.object({ account: z.string(), ends: z.string(), granted: z.boolean() });
      const { account, ends, granted } = await request(schema, "check", null, call);
      const problems = granted ? [] : ["The app may not write stock: grant write_stock."];
      return { ok: granted, account, problems, renewBy: { at: ends, what: "Connect the toy again." } };
    },
    async locations(call) {
      const found = await request(z.array(z.object({ id: z.string(), name: z.string() })), "locations", null, call);
      return found.map(({ id, name }) => ({ externalLocationId: id, name }));
    },
    async importListings(cursor, call) {
      const schema = z.object({ items: z.array(item), total: z.number(), next: z.number().nullable() });
      const page = await request(schema, "import", Number(cursor ?? 0), call);
      return {
        listings: page.items.map(({ sku, barcode, available }) => ({
          sku,
          externalId: sku,
          externalLocationId: "W1",
          external: {},
          lineRef: `ref:${sku}`,
          pushBucket: "api",
          title: sku,
          barcode,
          available,
          unsupported: null,
        })),
        total: page.total,
        next: page.next === null ? null : String(page.next),
      };
    },
    async pushInventory(updates, call) {
      const rows = await rowsOf(updates, call);
      return await request(outcomes, "write", { key: call.idempotencyKey, rows }, call);
    },
    async readInventory(listings, call) {
      const skus = listings.map(({ sku }) => sku);
      const items = await request(z.array(item.nullable()), "read", skus, call);
      return items.map((one) =>
        one
          ? { status: "read", available: one.available, reserved: one.unshipped }
          : { status: "missing", message: "there is no such item" },
      );
    },
    async submitFeed(updates, call) {
      const rows = await rowsOf(updates, call);
      return await request(z.string(), "feed", rows, call);
    },
    async collectFeed(feedId, _updates, call) {
      const schema = z.object({ isOpen: z.boolean(), outcomes });
      const feed = await request(schema, "feed_status", feedId, call);
      return feed.isOpen ? { status: "open", askAgainMs: 1_000 } : { status: "done", outcomes: feed.outcomes };
    },
    cancelFeed: (feedId, call) => request(z.boolean(), "cancel_feed", feedId, call),
    async pushPrices(updates, call) {
      const rows = updates.map(({ listing, price, sale }) => ({ sku: listing.sku, price, sale: sale?.price ?? null }));
      return await request(outcomes, "prices", rows, call);
    },
    async pollOrders(from, call) {
      const one = z.object({ change: z.number(), order: orderSnapshotSchema });
      const schema = z.object({ changed: z.array(one), more: z.boolean() });
      // All that the toy knows of happened since it was connected.
      const since = typeof from === "string" ? Number(from) : 0;
      const { changed, more } = await request(schema, "orders", since, call);
      const newest = changed.at(-1)?.change ?? since;
      return { orders: changed.map(({ order }) => order), cursor: String(newest), more };
    },
    async subscribe(url, call) {
      if ((await request(z.string().nullable(), "subscription", null, call)) === url) return [];
      await request(z.null(), "subscribe", url, call);
      return ["Orders and quantities were not sent to us: they are again."];
    },
    async normalize({ body }): Promise<InboundFacts> {
      const told = z
        .discriminatedUnion("topic", [
          z.object({ topic: z.literal("order"), order: orderSnapshotSchema }),
          z.object({ topic: z.literal("quantity"), sku: z.string(), available: z.number() }),
        ])
        .parse(JSON.parse(Buffer.from(body).toString()));
      if (told.topic === "order") return { orders: [told.order], movements: [], signals: [] };
      const { sku: externalId, available } = told;
      const shown = { externalId, externalLocationId: "W1", available, occurredAt: new Date().toISOString() };
      return { orders: [], movements: [], signals: [{ type: "quantity_shown", ...shown }] };
    },
    async close() {},
  };
}

/** The parsed answer. @throws {ChannelError} by what the status says. */
function read({ status, text, retryAfterMs }: ToyAnswer): unknown {
  if (status === 429) throw new ChannelError("rate_limited", "slow down", { code: "429", retryAfterMs });
  if (status === 401) throw new ChannelError("unauthorized", "the access was refused", { code: "401" });
  if (status >= 500) throw new ChannelError("unavailable", "the toy is broken", { code: String(status) });
  if (status >= 400) throw new ChannelError("rejected", "the toy refused the call", { code: String(status) });
  try {
    return JSON.parse(text);
  } catch {
    throw new ChannelError("unavailable", "the answer was cut", { code: "unreadable" });
  }
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(lostCall()), { once: true });
  });
  return await Promise.race([work, aborted]);
}

function lost(): never {
  throw lostCall();
}

function lostCall(): ChannelError {
  return new ChannelError("unavailable", "no answer came", { code: "no_answer" });
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
