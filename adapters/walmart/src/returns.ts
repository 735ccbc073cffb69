import type { OrderSnapshot } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { CallLimits, WalmartClient } from "./client.ts";
import { inTurn } from "./in-turn.ts";
import { id, quantity, time } from "./numbers.ts";
import { isSellerFulfilled, toSnapshot, type ReturnedUnits } from "./orders.ts";
import { readOrder } from "./read-order.ts";

const READS_AT_ONCE = 10;

const ReturnLine = z.object({
  returnOrderLineNumber: id,
  purchaseOrderId: id,
  purchaseOrderLineNumber: id,
  quantity,
  status: z.string().nullish(),
  isKeepIt: z.boolean().nullish(),
  returnExpectedFlag: z.boolean().nullish(),
  returnTrackingDetail: z.array(z.object({ eventTag: z.string().nullish() })).nullish(),
  currentTrackingStatuses: z.array(z.object({ status: z.string().nullish(), quantity: quantity.nullish() })).nullish(),
});
type ReturnLine = z.infer<typeof ReturnLine>;

const ReturnOrder = z.object({
  returnOrderId: id,
  returnOrderDate: time,
  returnOrderLines: z.array(ReturnLine).nullish(),
});

/** Each return is read by itself: one in an unknown form must not keep the others from being read. */
const ReturnsAnswer = z.object({
  meta: z.object({ nextCursor: z.string().nullish() }).nullish(),
  returnOrders: z.array(z.unknown()).nullish(),
});

export interface ReturnsPage {
  /** The orders whose units arrived, with those units. */
  readonly orders: readonly OrderSnapshot[];
  /** Returns in a form that is not known: they bring nothing back. */
  readonly leftOut: number;
  /** Walmart's own query of the next page, to be appended unchanged and alone; null at the end. */
  readonly next: string | null;
}

/**
 * @param query with its question mark. The start and the end of a window must be named together.
 * @throws {ChannelError} also a 404, which may mean that there are none.
 */
export async function readReturns(client: WalmartClient, query: string, limits: CallLimits): Promise<ReturnsPage> {
  const path = `/v3/returns${query}`;
  const answer = await client.send({ bucket: "returns", method: "GET", path, answer: ReturnsAnswer }, limits);
  const all = answer.returnOrders ?? [];
  const known = all.flatMap((one) => ReturnOrder.safeParse(one).data ?? []);
  const received = known.flatMap(({ returnOrderId, returnOrderDate, returnOrderLines }) =>
    (returnOrderLines ?? []).map((line) => ({
      orderId: line.purchaseOrderId,
      lineNumber: line.purchaseOrderLineNumber,
      key: `${returnOrderId}:${line.returnOrderLineNumber}`,
      units: arrivedUnits(line),
      openedAt: returnOrderDate,
    })),
  );
  const byOrder = Map.groupBy(
    received.filter(({ units }) => units > 0),
    ({ orderId }) => orderId,
  );
  const orders = await inTurn([...byOrder], READS_AT_ONCE, ([orderId, returned]) =>
    withReturned(client, orderId, returned, limits),
  );
  const next = answer.meta?.nextCursor || null;
  return { orders: orders.flat(), leftOut: all.length - known.length, next: next === query ? null : next };
}

async function withReturned(
  client: WalmartClient,
  orderId: string,
  returned: readonly ReturnedUnits[],
  limits: CallLimits,
): Promise<readonly OrderSnapshot[]> {
  const order = await readOrder(client, orderId, limits);
  return order && isSellerFulfilled(order) ? [toSnapshot(order, returned)] : [];
}

/** The tags that say that goods arrived. COMPLETED alone says that money went back, with or without them. */
const arrivals = ["DELIVERED_AT_RETURN_CENTER", "DELIVERED_AFTER_INVOICE"];

/** Units that came back. What the buyer keeps never does (Walmart docs: "Returns and refunds API overview"). */
function arrivedUnits(line: ReturnLine): number {
  if (line.isKeepIt === true || line.returnExpectedFlag === false) return 0;
  const tags = (line.returnTrackingDetail ?? []).map(({ eventTag }) => eventTag ?? "");
  const statuses = line.currentTrackingStatuses ?? [];
  const hasArrived = line.status === "DELIVERED" || arrivals.some((tag) => tags.includes(tag));
  if (!hasArrived) return 0;
  const underWay = statuses
    .filter(({ status }) => status === "INITIATED")
    .reduce((sum, one) => sum + (one.quantity ?? 0), 0);
  return Math.max(0, line.quantity - underWay);
}
