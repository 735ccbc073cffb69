import { callWithin } from "@lastunit/adapter-contract/conformance";
import { listing, ordersPage, purchaseOrder, update, walmart } from "../testing.ts";

/** A feed id as Walmart makes them. */
export const FEED = "ABC@AUoBAQA";
export const call = () => callWithin();
export const capOf = (quantity: number) => update(listing("CAP", "EAST"), quantity);

/** An order of one line of 3 units of this SKU. */
export function orderOf(sku: string, status = "Created") {
  const order = purchaseOrder("1", [{ status, amount: "3" }]);
  const [line] = order.orderLines.orderLine;
  return { ...order, orderLines: { orderLine: [{ ...line, item: { sku } }] } };
}

/** The orders that may have units reserved, by what is asked of them. */
export function expectOrders(orders: { created?: readonly object[]; acknowledged?: readonly object[] } = {}) {
  const page = (status: string, found: readonly object[] = []) =>
    walmart()
      .get("/v3/orders")
      .query((query) => query["status"] === status && query["createdStartDate"] !== undefined)
      .reply(200, ordersPage(found));
  page("Created", orders.created);
  page("Acknowledged", orders.acknowledged);
}

/** The orders that changed since the feed was submitted. */
export function expectModified(...orders: readonly object[]) {
  walmart()
    .get("/v3/orders")
    .query((query) => query["lastModifiedStartDate"] !== undefined)
    .reply(200, ordersPage(orders));
}
