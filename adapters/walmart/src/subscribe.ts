import { randomBytes } from "node:crypto";
import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartClient } from "./client.ts";
import type { WalmartConnection } from "./credentials.ts";
import { isNotFound } from "./failures.ts";
import { id } from "./numbers.ts";
import { SIGNATURE_HEADER } from "./webhooks.ts";

interface EventType {
  readonly eventType: string;
  readonly eventVersion: string;
  readonly resourceName: string;
}

/** The events Lastunit wants. The standalone order events are left out: Walmart removes them on 15 December 2026. */
const wanted: readonly EventType[] = [
  { eventType: "ORDER_UPDATES", eventVersion: "V1", resourceName: "ORDER" },
  { eventType: "INVENTORY_OOS", eventVersion: "V1", resourceName: "INVENTORY" },
];

const Subscription = z.object({
  subscriptionId: id,
  eventType: z.string(),
  eventUrl: z.string().nullish(),
  status: z.string().nullish(),
  authDetails: z.object({ authMethod: z.string().nullish(), authHeaderName: z.string().nullish() }).nullish(),
});
type Subscription = z.infer<typeof Subscription>;

/** `events` with the subscriptions or with groups of them under `event`, or `event` alone: schema and samples differ. */
const Group = z.object({ event: z.array(Subscription) });
const Subscriptions = z.union([
  z
    .object({ events: z.array(z.union([Group.transform((group) => group.event), Subscription])) })
    .transform((body): readonly Subscription[] => body.events.flat()),
  Group.transform((group): readonly Subscription[] => group.event),
]);

/** `eventTypes` in the schema, `events` in the sample. */
const KnownEventType = z.object({ eventType: z.string(), eventVersion: z.string(), resourceName: z.string() });
const EventTypes = z.union([
  z.object({ eventTypes: z.array(KnownEventType) }).transform((body): readonly EventType[] => body.eventTypes),
  z.object({ events: z.array(KnownEventType) }).transform((body): readonly EventType[] => body.events),
]);

/**
 * Makes Walmart send its events to `url`, signed with this channel's webhook secret. A subscription that stands is left
 * alone (five changes a minute are allowed); one that was switched off, or made with a secret we no longer have, is
 * written again. Walmart tells of a resource only who may view it: one that it refuses stops no other.
 *
 * @returns a sentence for each that was made or mended.
 * @throws {ChannelError} when Walmart refused any, naming which.
 */
export async function subscribe(
  connection: WalmartConnection,
  client: WalmartClient,
  url: string,
  call: CallContext,
): Promise<readonly string[]> {
  const { secret, isNew } = await webhookSecret(connection);
  const existing = await readSubscriptions(client, call);
  const mended: string[] = [];
  const refused: { readonly eventType: string; readonly error: ChannelError }[] = [];
  for (const event of await wantedEvents(connection, client, call)) {
    const known = existing.find((one) => one.eventType === event.eventType && one.eventUrl === url);
    const fault = known ? faultOf(known, isNew) : "was not subscribed";
    if (fault === undefined) continue;
    const definition = {
      ...event,
      eventUrl: url,
      authDetails: { authMethod: "HMAC", authHeaderName: SIGNATURE_HEADER, clientSecret: secret },
      headers: { "content-type": "application/json" },
      status: "ACTIVE",
    };
    try {
      await client.send(known ? update(known, definition) : create(definition), call);
      mended.push(`${event.eventType} ${fault}; it is subscribed now.`);
    } catch (error) {
      if (!(error instanceof ChannelError) || error.httpStatus !== 403) throw error;
      refused.push({ eventType: event.eventType, error });
    }
  }
  const [first] = refused;
  if (first === undefined) return mended;
  const { failure, message, code, httpStatus } = first.error;
  const events = refused.map(({ eventType }) => eventType).join(" and ");
  throw new ChannelError(failure, `Walmart refused ${events}: ${message}`, { code, httpStatus });
}

/** What is wrong with a subscription, as far as Walmart tells; it never tells the secret it signs with. */
function faultOf({ status, authDetails }: Subscription, isSecretNew: boolean): string | undefined {
  if (status?.toUpperCase() !== "ACTIVE") return `was ${status?.toLowerCase() ?? "not active"}`;
  if ((authDetails?.authMethod ?? "HMAC") !== "HMAC") return "was not signed by HMAC";
  const header = authDetails?.authHeaderName ?? SIGNATURE_HEADER;
  if (header.toLowerCase() !== SIGNATURE_HEADER.toLowerCase()) return `was signed in the header ${header}`;
  return isSecretNew ? "was signed with an earlier secret" : undefined;
}

/** With returns, also their events, under whatever names Walmart offers. */
async function wantedEvents(
  { settings }: WalmartConnection,
  client: WalmartClient,
  call: CallContext,
): Promise<readonly EventType[]> {
  if (settings.restockReturns !== "yes") return wanted;
  const offered = await client.send(
    { bucket: "event_types", method: "GET", path: "/v3/webhooks/eventTypes", answer: EventTypes },
    call,
  );
  return [...wanted, ...offered.filter(({ resourceName }) => resourceName === "RETURNS")];
}

/** The stored secret; the first caller makes it, and it is stored before Walmart hears of it. */
async function webhookSecret({ credentials }: WalmartConnection): Promise<{ secret: string; isNew: boolean }> {
  const stored = (await credentials.read()).webhookSecret;
  if (stored !== undefined) return { secret: stored, isNew: false };
  const made = randomBytes(32).toString("hex");
  const renewed = await credentials.renew(async (current) => ({
    ...current,
    webhookSecret: current.webhookSecret ?? made,
  }));
  const secret = renewed.webhookSecret ?? made;
  return { secret, isNew: secret === made };
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
