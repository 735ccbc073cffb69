import { describe, expect, it } from "vitest";
import type { ChannelAdapter, ChannelSession } from "../adapter.ts";
import { ChannelError } from "../errors.ts";
import type { OrderLine, OrderSnapshot } from "../orders.ts";
import type { InboundFacts } from "../webhooks.ts";
import type { MakeHarness } from "./harness.ts";
import { conformanceGroups, runCase } from "./conformance.ts";
import { toyHarness, type Break } from "./testing/toy-harness.ts";
import { toyPacer } from "./testing/toy-pacer.ts";
import { unpaced } from "./unpaced.ts";

const cases = conformanceGroups({
  catalogSize: 12,
  pacing: { createPacer: toyPacer, scaleLimits: 1, pushes: 15 },
}).flatMap((group) => group.cases);

/** Breaks one promise of a session; what is left out it keeps. */
function session(broken: (whole: ChannelSession) => Partial<ChannelSession>): Break {
  return (adapter) => ({
    ...adapter,
    open(connection) {
      const whole = adapter.open(connection);
      return { ...whole, ...broken(whole) };
    },
  });
}

/** Hears of orders what is not so. */
function orders(distorted: (order: OrderSnapshot) => OrderSnapshot): Break {
  const facts = (told: InboundFacts) => ({ ...told, orders: told.orders.map(distorted) });
  return session((whole) => ({
    normalize: async (...args) => facts(await whole.normalize(...args)),
    async pollOrders(...args) {
      const page = await whole.pollOrders(...args);
      return { ...page, orders: page.orders.map(distorted) };
    },
  }));
}

function lines(distorted: (line: OrderLine) => OrderLine): Break {
  return orders((order) => ({ ...order, lines: order.lines.map(distorted) }));
}

function webhooks(verify: NonNullable<ChannelAdapter["webhooks"]>["verify"]): Break {
  return (adapter) => ({ ...adapter, webhooks: { verify } });
}

function authorization(broken: Partial<NonNullable<ChannelAdapter["authorization"]>>): Break {
  return (adapter) =>
    adapter.authorization ? { ...adapter, authorization: { ...adapter.authorization, ...broken } } : adapter;
}

/** What a careless adapter does, and the case that must turn red. */
const breaks: readonly { readonly does: string; readonly how: Break; readonly turnsRed: string }[] = [
  {
    does: "calls a dead connection good",
    how: session(() => ({ check: async () => ({ ok: true, account: "toy", problems: [], renewBy: null }) })),
    turnsRed: "does not call a connection good whose access was taken away",
  },
  {
    does: "keeps quiet about a missing permission",
    how: session((whole) => ({
      check: async (call) => ({ ...(await whole.check(call)), problems: ["Something is missing."] }),
    })),
    turnsRed: "names exactly what the merchant has not granted",
  },
  {
    does: "reads SKUs as numbers",
    how: session((whole) => ({
      async importListings(...args) {
        const page = await whole.importListings(...args);
        const read = (sku: string) => (Number.isNaN(Number(sku)) ? sku : String(Number(sku)));
        return { ...page, listings: page.listings.map((one) => ({ ...one, sku: read(one.sku) })) };
      },
    })),
    turnsRed: "brings SKUs that look like something else as they are",
  },
  {
    does: "keeps the place of an import in memory",
    how: session((whole) => {
      let page = 0;
      return {
        importListings: async (cursor, call) => {
          page = cursor === null ? 0 : page + 5;
          const answer = await whole.importListings(String(page), call);
          return { ...answer, next: answer.next && "next" };
        },
      };
    }),
    turnsRed: "goes on after each page in another process, from nothing but the cursor",
  },
  {
    does: "answers accepted without writing",
    how: session(() => ({ pushInventory: async (updates) => updates.map(() => ({ status: "accepted" })) })),
    turnsRed: "pushes quantities and reads the same back",
  },
  {
    does: "fails the whole call for one bad item",
    how: session((whole) => ({
      async pushInventory(updates, call) {
        const outcomes = await whole.pushInventory(updates, call);
        if (outcomes.some(({ status }) => status === "rejected")) {
          throw new ChannelError("rejected", "an item is wrong", { code: "bad" });
        }
        return outcomes;
      },
    })),
    turnsRed: "answers for each item: one bad item never blocks the others",
  },
  {
    does: "overwrites without comparing",
    how: session((whole) => ({
      pushInventory: (updates, call) =>
        whole.pushInventory(
          updates.map((one) => ({ ...one, expected: null })),
          call,
        ),
    })),
    turnsRed: "refuses to overwrite a sale it has not seen, where the channel compares and sets, and writes the others",
  },
  {
    does: "writes the quantity without the units not shipped",
    how: session((whole) => ({
      async pushInventory(updates, call) {
        const read = await whole.readInventory(
          updates.map(({ listing }) => listing),
          call,
        );
        const unshipped = (index: number) => {
          const one = read[index];
          return one?.status === "read" ? (one.reserved ?? 0) : 0;
        };
        return await whole.pushInventory(
          updates.map((one, index) => ({ ...one, quantity: one.quantity - unshipped(index) })),
          call,
        );
      },
    })),
    turnsRed: "shows what was pushed, and reads it back, also while an order waits to be shipped",
  },
  {
    does: "calls a lost answer a failure for good",
    how: session((whole) => ({
      pushInventory: (updates, call) =>
        whole.pushInventory(updates, call).catch(() => {
          throw new ChannelError("rejected", "it failed", { code: "failed" });
        }),
    })),
    turnsRed: "ends at the right number when the answer to a write was lost and the write is repeated",
  },
  {
    does: "calls a stuck feed done",
    how: session(() => ({
      collectFeed: async (_id, updates) => ({
        status: "done",
        outcomes: updates.map(() => ({ status: "accepted" })),
      }),
    })),
    turnsRed: "stay open, with a time to ask again, as long as the channel has not worked them off",
  },
  {
    does: "keeps feeds in memory",
    how: session((whole) => {
      const own = new Set<string>();
      return {
        async submitFeed(...args) {
          const id = (await whole.submitFeed?.(...args)) ?? "";
          own.add(id);
          return id;
        },
        async collectFeed(id, updates, call) {
          if (!own.has(id)) throw new ChannelError("rejected", "no such feed", { code: "unknown" });
          return (await whole.collectFeed?.(id, updates, call)) ?? { status: "open", askAgainMs: 1 };
        },
      };
    }),
    turnsRed: "are collected by another process than the one that submitted them",
  },
  {
    does: "rounds prices",
    how: session((whole) => ({
      pushPrices: async (updates, call) =>
        (await whole.pushPrices?.(
          updates.map((one) => ({ ...one, price: { ...one.price, amount: Number(one.price.amount).toFixed(0) } })),
          call,
        )) ?? [],
    })),
    turnsRed: "are set as they were given, without a rounding error",
  },
  {
    does: "calls a throttled push unavailable",
    how: session((whole) => ({
      pushInventory: (updates, call) =>
        whole.pushInventory(updates, call).catch(() => {
          throw new ChannelError("unavailable", "no luck", { code: "failed" });
        }),
    })),
    turnsRed: "says rate_limited when the channel throttles, and nothing is written",
  },
  {
    does: "goes on calling after a throttle answer",
    how: session((whole) => ({
      async pushInventory(updates, call) {
        const results = [];
        for (const one of updates) {
          const own = { ...call, idempotencyKey: `${call.idempotencyKey}${one.listing.sku}` };
          results.push(await whole.pushInventory([one], own).catch(() => []));
        }
        return results.flat();
      },
    })),
    turnsRed: "makes no further call of a push once the channel has throttled it",
  },
  {
    does: "ignores its deadline",
    how: session((whole) => {
      const patient = { signal: new AbortController().signal };
      return { readInventory: (listings, call) => whole.readInventory(listings, { ...call, ...patient }) };
    }),
    turnsRed: "makes no call whose deadline has passed before it began",
  },
  {
    does: "renews the token in every call",
    how: (adapter) => ({
      ...adapter,
      open: (connection) =>
        adapter.open({
          ...connection,
          credentials: {
            read: () => connection.credentials.read(),
            async renew(renew) {
              // As if the newest stored value were not read again under the lock.
              const stale = await connection.credentials.read();
              return await connection.credentials.renew(async () => ({
                ...Object(await renew(stale)),
                nonce: Math.random(),
              }));
            },
          },
        }),
    }),
    turnsRed: "renews an expired token once, also when many calls find it expired at the same time",
  },
  {
    does: "calls revoked access unavailable",
    how: session((whole) => ({
      pushInventory: (updates, call) =>
        whole.pushInventory(updates, call).catch(() => {
          throw new ChannelError("unavailable", "no luck", { code: "failed" });
        }),
    })),
    turnsRed: "says unauthorized when the merchant has taken the access away",
  },
  {
    does: "prints its token in an error",
    how: (adapter) => ({
      ...adapter,
      open(connection) {
        const whole = adapter.open(connection);
        return {
          ...whole,
          pushInventory: (updates, call) =>
            whole.pushInventory(updates, call).catch(async () => {
              const stored = JSON.stringify(await connection.credentials.read());
              throw new ChannelError("unavailable", `refused: ${stored}`, { code: "failed" });
            }),
        };
      },
    }),
    turnsRed: "shows no secret in any error it throws",
  },
  {
    does: "does not pace its calls",
    how: (adapter) => ({ ...adapter, open: (connection) => adapter.open({ ...connection, pacer: unpaced }) }),
    turnsRed: "never exceeds the channel's limits, by the channel's own count",
  },
  {
    does: "lets an import go before pushes",
    how: (adapter) => ({
      ...adapter,
      open: (connection) =>
        adapter.open({
          ...connection,
          pacer: {
            ...connection.pacer,
            spend: (bucket, work, options) => connection.pacer.spend(bucket, work, { ...options, urgency: "prompt" }),
          },
        }),
    }),
    turnsRed: "lets imports, polls and the reads nobody waits for go behind",
  },
  {
    does: "takes its own write for a sale",
    how: session((whole) => ({
      async normalize(...args) {
        const facts = await whole.normalize(...args);
        const movements = facts.signals.flatMap((signal) =>
          signal.type === "quantity_shown"
            ? [
                {
                  key: "echo",
                  eventType: "inventory.sale" as const,
                  sku: signal.externalId,
                  externalLocationId: null,
                  quantity: 1,
                  occurredAt: signal.occurredAt,
                },
              ]
            : [],
        );
        return { ...facts, movements };
      },
    })),
    turnsRed: "never takes the channel's echo of our own writes for a sale",
  },
  {
    does: "reads order ids as numbers",
    how: orders((order) => ({ ...order, orderId: String(Number(order.orderId)) })),
    turnsRed: "keeps ids beyond 2^53 to the last digit, when told and when polled",
  },
  {
    does: "tells another order by webhook than by polling",
    how: session((whole) => ({
      async normalize(...args) {
        const facts = await whole.normalize(...args);
        return { ...facts, orders: facts.orders.map((order) => ({ ...order, placedAt: new Date().toISOString() })) };
      },
    })),
    turnsRed: "gives equal snapshots of an order it was told of and of the same order polled",
  },
  {
    does: "lowers the quantity of a line instead of telling what came back",
    how: lines((line) => ({ ...line, quantity: line.quantity - line.reversals.length, reversals: [] })),
    turnsRed: "comes to the same whatever the order and number of its tellings, when units of it come back",
  },
  {
    does: "names what came back by its number in the answer",
    how: lines((line) => ({
      ...line,
      reversals: line.reversals.map((one, index) => ({ ...one, key: `back:${line.reversals.length - index}` })),
    })),
    turnsRed: "takes back the units that were cancelled, and no others, with the quantity as it was ordered",
  },
  {
    does: "forgets that a cancelled order was pending",
    how: lines((line) => (line.state === "cancelled_pending" ? { ...line, state: "sold" } : line)),
    turnsRed:
      "comes to the same whatever the order and number of its tellings, from the buyer's click to a cancellation",
  },
  {
    does: "says that it mended what stood",
    how: session((whole) => ({
      subscribe: async (url, call) => [...((await whole.subscribe?.(url, call)) ?? []), "mended"],
    })),
    turnsRed: "finds nothing to mend right after it has subscribed",
  },
  {
    does: "subscribes once and never looks again",
    how: session((whole) => {
      let isSubscribed = false;
      return {
        async subscribe(url, call) {
          if (isSubscribed) return [];
          isSubscribed = true;
          return (await whole.subscribe?.(url, call)) ?? [];
        },
      };
    }),
    turnsRed: "mends what was switched off, says so, and hears of orders again",
  },
  {
    does: "verifies nothing",
    how: webhooks(async ({ headers }) => ({ deliveryId: headers["toy-id"] ?? "", topic: "toy" })),
    turnsRed: "verifies a genuine delivery and refuses it with one byte altered",
  },
  {
    does: "names each delivery anew and accepts old ones",
    how: (adapter, toy) =>
      webhooks(async (request, channel) => {
        const sentAt = Number(request.headers["toy-sent-at"]);
        await adapter.webhooks?.verify(request, channel, sentAt);
        return { deliveryId: String(Math.random()), topic: "toy" };
      })(adapter, toy),
    turnsRed: "makes a replay of yesterday's delivery harmless: refused as stale, or known by its delivery id",
  },
  {
    does: "knows one secret only",
    how: (adapter, toy) =>
      webhooks(async (request, channel, now) => {
        const { earlierWebhookSecret: _earlier, ...stored } = Object(await channel.credentials.read());
        const box = { ...channel.credentials, read: async () => stored };
        return await adapter.webhooks!.verify(request, { ...channel, credentials: box }, now);
      })(adapter, toy),
    turnsRed: "verifies deliveries signed with the old key and with the new one while the channel changes it",
  },
  {
    does: "loses our state",
    how: authorization({ consentUrl: () => new URL("https://toy.example/consent") }),
    turnsRed: "comes back with our state, and connects",
  },
  {
    does: "does not tell when the consent ends",
    how: session((whole) => ({ check: async (call) => ({ ...(await whole.check(call)), renewBy: null }) })),
    turnsRed: "lasts as long as the channel's own books say, and the merchant is told until when",
  },
  {
    does: "takes any code",
    how: (adapter, toy) =>
      authorization({
        exchange: async () => ({
          credentials: { accessToken: toy.token, webhookSecret: toy.secret },
          settings: { account: "toy" },
        }),
      })(adapter, toy),
    turnsRed: "is refused when its code was forged",
  },
];

describe.concurrent("The conformance suite turns red for an adapter that", () => {
  it.each(breaks)("$does", async ({ how, turnsRed }) => {
    const broken = cases.find(({ title }) => title === turnsRed);
    if (!broken) throw new Error(`there is no case "${turnsRed}"`);
    const outcome = (harness: MakeHarness) =>
      runCase(broken, harness).then(
        (skipped) => skipped ?? "green",
        () => "red",
      );
    expect(await outcome(toyHarness(how))).toBe("red");
    expect(await outcome(toyHarness())).toBe("green");
  });

  it("names every case once, so that a red one can be found", () => {
    const titles = cases.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});
