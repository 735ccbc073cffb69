import { randomBytes } from "node:crypto";
import type { CallContext } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartClient } from "./client.ts";
import type { WalmartConnection } from "./credentials.ts";
import { isNotFound } from "./failures.ts";
import { SIGNATURE_HEADER } from "./webhooks.ts";

/** The events Lastunit wants. The standalone order events are left out: Walmart removes them on 15 December 2026. */
const wanted = [
  { eventType: "ORDER_UPDATES", eventVersion: "V1", resourceName: "ORDER" },
  { eventType: "INVENTORY_OOS", eventVersion: "V1", resourceName: "INVENTORY" },
] as const;

const Subscription = z.object({ subscriptionId: z.string(), eventType: z.string(), eventUrl: z.string() });
type Subscription = z.infer<typeof Subscription>;

/** `events` with the subscriptions or with groups of them under `event`, or `event` alone: schema and samples differ. */
const Group = z.object({ event: z.array(Subscription) });
const Subscriptions = z.union([
  z
    .object({ events: z.array(z.union([Group.transform((group) => group.event), Subscription])) })
    .transform((body): readonly Subscription[] => body.events.flat()),
  Group.transform((group): readonly Subscription[] => group.event),
]);

/**
 * Makes Walmart send its events to `url`, signed with this channel's webhook secret. A subscription that exists is
 * written again: Walmart never tells which secret it signs with, and an inactive one becomes active.
 */
export async function subscribe(
  connection: WalmartConnection,
  client: WalmartClient,
  url: string,
  call: CallContext,
): Promise<void> {
  const secret = await webhookSecret(connection);
  const existing = await readSubscriptions(client, call);
  for (const event of wanted) {
    const known = existing.find((one) => one.eventType === event.eventType && one.eventUrl === url);
    const definition = {
      ...event,
      eventUrl: url,
      authDetails: { authMethod: "HMAC", authHeaderName: SIGNATURE_HEADER, clientSecret: secret },
      headers: { "content-type": "application/json" },
      status: "ACTIVE",
    };
    await client.send(known ? update(known, definition) : create(definition), call);
  }
}

/** The stored secret; the first caller makes it, and it is stored before Walmart hears of it. */
async function webhookSecret({ credentials }: WalmartConnection): Promise<string> {
  const stored = (await credentials.read()).webhookSecret;
  if (stored !== undefined) return stored;
  const made = randomBytes(32).toString("hex");
  const renewed = await credentials.renew(async (current) => ({
    ...current,
    webhookSecret: current.webhookSecret ?? made,
  }));
  return renewed.webhookSecret ?? made;
}

async function readSubscriptions(client: WalmartClient, call: CallContext): Promise<readonly Subscription[]> {
  try {
    return await client.send(
      { bucket: "subscriptions_read", method: "GET", path: "/v3/webhooks/subscriptions", answer: Subscriptions },
      call,
    );
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

function create(definition: object) {
  return {
    bucket: "subscriptions_create",
    method: "POST",
    path: "/v3/webhooks/subscriptions",
    body: { events: [definition] },
    answer: z.unknown(),
  } as const;
}

function update({ subscriptionId }: Subscription, definition: object) {
  return {
    bucket: "subscriptions_update",
    method: "PATCH",
    path: `/v3/webhooks/subscriptions/${encodeURIComponent(subscriptionId)}`,
    body: definition,
    answer: z.unknown(),
  } as const;
}
