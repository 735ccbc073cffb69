import { z } from "zod";
import type { CallLimits, WalmartClient } from "./client.ts";
import { isNotFound } from "./failures.ts";
import { WalmartOrder } from "./orders.ts";

/** `GET /v3/orders/{id}`: the schema has the order bare, the sample and the API wrap it. */
const OrderAnswer = z.union([z.object({ order: WalmartOrder }).transform((body) => body.order), WalmartOrder]);

/** One order as Walmart shows it now; undefined when it does not: not yet, or no longer after 180 days. */
export async function readOrder(
  client: WalmartClient,
  orderId: string,
  limits: CallLimits,
): Promise<WalmartOrder | undefined> {
  const path = `/v3/orders/${encodeURIComponent(orderId)}?productInfo=false&replacementInfo=true`;
  try {
    return await client.send({ bucket: "order", method: "GET", path, answer: OrderAnswer }, limits);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
