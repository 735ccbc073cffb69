import type { ChannelKind, OrderLine, OrderSnapshot, Reversal } from "@lastunit/adapter-contract";
import type { EventResult, NewEvent } from "@lastunit/ledger/client";

export interface EventContext {
  /** `<kind>:<account>`, the prefix of every event id. */
  readonly channelKey: string;
  readonly kind: ChannelKind;
  /** Whether an order may be pending at first. */
  readonly ordersMayPend: boolean;
  /** The merchant's SKU of an order line; null when no listing of the channel is known by its ids. */
  readonly skuOf: (line: OrderLine) => string | null;
  /** The ledger's location for the channel's; the channel's default where it names none. */
  readonly locationOf: (externalLocationId: string | null) => string;
}

/** An event that is recorded only if the ledger answered `on` in a certain way. */
export interface FollowUp {
  readonly on: string;
  readonly when: "accepted" | "reservation_committed" | "unknown_reservation";
  readonly event: NewEvent;
}

/** What to record, in two steps; `unmapped` names what the merchant must map before the rest can be recorded. */
export interface EventPlan {
  readonly events: readonly NewEvent[];
  readonly followUps: readonly FollowUp[];
  readonly unmapped: readonly string[];
}

export const emptyPlan: EventPlan = { events: [], followUps: [], unmapped: [] };

export function joinPlans(plans: readonly EventPlan[]): EventPlan {
  return {
    events: plans.flatMap((plan) => plan.events),
    followUps: plans.flatMap((plan) => plan.followUps),
    unmapped: plans.flatMap((plan) => plan.unmapped),
  };
}

/**
 * What an order means in the ledger. Pure, and the same for every source we hear an order from: event ids are made of
 * the channel's own ids, so a webhook, its redelivery and the poller name the same events, and however often and in
 * whatever order the snapshots of an order arrive, the units end up the same.
 */
export function orderEvents(context: EventContext, order: OrderSnapshot): EventPlan {
  return joinPlans(order.lines.map((line) => lineEvents(context, order, line)));
}

function lineEvents(context: EventContext, order: OrderSnapshot, line: OrderLine): EventPlan {
  // A cancelled line may tell no units any more; its hold must end all the same.
  if (line.quantity <= 0 && line.state !== "cancelled_pending") return emptyPlan;
  const sku = context.skuOf(line);
  if (sku === null) return { ...emptyPlan, unmapped: [describeItem(order, line)] };
  const steps = lineSteps(context, order, line, sku);
  switch (line.state) {
    case "pending":
      return { ...emptyPlan, events: [steps.reserve] };
    case "cancelled_pending":
      return line.quantity > 0 ? cancelled(steps) : cancelledUncounted(steps);
    case "sold":
      return {
        ...emptyPlan,
        events: [steps.sale],
        // A sale is refused when its order was cancelled while pending: an older snapshot came late.
        followUps: steps.returns.map((event) => ({ on: steps.sale.event_id, when: "accepted", event })),
      };
  }
}

type LineSteps = ReturnType<typeof lineSteps>;

/** Held and let go at once, so that an older snapshot that comes late finds the reservation cancelled. */
function cancelled({ reserve, release, cancelledUnits }: LineSteps): EventPlan {
  return {
    ...emptyPlan,
    events: [reserve, release],
    // It had been sold before it was cancelled: there is no hold to let go, the sale itself is taken back.
    followUps: cancelledUnits.map((event) => ({ on: release.event_id, when: "reservation_committed", event })),
  };
}

/**
 * The channel no longer says how many units the line had. All that is held is let go. When nothing was held yet, one
 * unit is held and let go: the reservation is then known as cancelled, and an older snapshot that comes late does
 * nothing. How many units a sale had that was recorded before is not known here: they stay sold until they are counted.
 */
function cancelledUncounted({ reserve, release }: LineSteps): EventPlan {
  const ifUnknown = { on: release.event_id, when: "unknown_reservation" } as const;
  return {
    ...emptyPlan,
    events: [release],
    followUps: [
      { ...ifUnknown, event: { ...reserve, quantity: 1 } },
      { ...ifUnknown, event: release },
    ],
  };
}

function lineSteps(context: EventContext, order: OrderSnapshot, line: OrderLine, sku: string) {
  const key = `${context.channelKey}:order:${order.orderId}:line:${line.lineId}`;
  const base = {
    sku,
    location_id: context.locationOf(line.externalLocationId),
    order_id: order.orderId,
    source: context.kind,
    timestamp: order.placedAt,
  };
  const { quantity } = line;
  const reservation = { reservation_id: key };
  const returned = (reversal: Reversal): NewEvent => ({
    ...base,
    event_id: `${key}:${reversal.key}`,
    event_type: "inventory.return",
    location_id: context.locationOf(reversal.externalLocationId ?? line.externalLocationId),
    quantity: reversal.quantity,
    reason: reversal.reason,
    timestamp: reversal.occurredAt,
  });
  return {
    reserve: { ...base, ...reservation, event_id: `${key}:pending`, event_type: "inventory.reserve", quantity },
    // All that is held, whatever the line counts by now. The reason tells the ledger that the order is gone: a sale
    // that names this reservation later is old news.
    release: {
      ...base,
      ...reservation,
      event_id: `${key}:release`,
      event_type: "inventory.release",
      reason: "order_cancelled",
    },
    sale: {
      ...base,
      // Also when we never heard that it was pending: only so can the ledger tell that a hold heard of later had become a sale.
      ...(context.ordersMayPend ? reservation : {}),
      event_id: `${key}:sale`,
      event_type: "inventory.sale",
      quantity,
    },
    returns: line.reversals.filter((reversal) => reversal.quantity > 0).map(returned),
    cancelledUnits: cancelledUnits(order, quantity).map(returned),
  } satisfies { readonly [step: string]: NewEvent | NewEvent[] };
}

/**
 * Every unit of a line as its own reversal, under the keys by which adapters name units that were cancelled one by one
 * (contract, `Reversal.key`): some may have come back that way before the rest of the order was cancelled.
 */
function cancelledUnits(order: OrderSnapshot, quantity: number): Reversal[] {
  return Array.from({ length: Math.max(0, quantity) }, (_, index) => ({
    key: `cancel:unit:${index + 1}`,
    quantity: 1,
    reason: "order_cancelled",
    externalLocationId: null,
    occurredAt: order.placedAt,
  }));
}

function describeItem(order: OrderSnapshot, line: OrderLine): string {
  const names = [...new Set([...line.item.refs, ...(line.item.sku ? [line.item.sku] : [])])];
  const item = names.length > 0 ? names.join(" / ") : "an item without ids";
  return `order ${order.orderId}, line ${line.lineId}: no listing of this channel is known as ${item}`;
}

/** The second step of a plan, once the first is answered. */
export function followUpsOf(plan: EventPlan, results: readonly EventResult[]): NewEvent[] {
  const answers = new Map(results.map((result) => [result.event_id, result]));
  return plan.followUps.flatMap(({ on, when, event }) => {
    const answer = answers.get(on);
    if (!answer) return [];
    const holds = when === "accepted" ? isInLedger(answer) : answer.code === when;
    return holds ? [event] : [];
  });
}

/** Also when it was told differently then, at another location since mapped anew: its units were taken all the same. */
function isInLedger({ status, code }: EventResult): boolean {
  return status !== "refused" || code === "idempotency_conflict";
}
