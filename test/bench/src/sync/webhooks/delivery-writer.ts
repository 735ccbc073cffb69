import { createHmac } from "node:crypto";
import { z } from "zod";

/** Who signs, with what, and where to. */
export const Sender = z.object({
  kind: z.enum(["webhook", "shopify"]),
  /** Where its deliveries are sent. */
  url: z.url(),
  secret: z.string(),
  /** Makes its delivery ids its own. */
  run: z.string(),
});
export type Sender = z.infer<typeof Sender>;

/** The n-th delivery, an order of three lines or as many sales, as a whole HTTP request. */
export function writeDelivery(sender: Sender, n: number): string {
  const body = sender.kind === "shopify" ? shopifyOrder(n) : movements(sender, n);
  const signed = sender.kind === "shopify" ? shopifyHeaders(sender, n, body) : webhookHeaders(sender, n, body);
  const { host, pathname } = new URL(sender.url);
  const headers = { host, "content-type": "application/json", "content-length": body.length, ...signed };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${pathname} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

/** The shop whose deliveries they are, as Shopify names it. */
export const shopDomain = (account: string) => `${account}.myshopify.com`;

/** Standard Webhooks: `v1,` and the HMAC over id, time and body. */
function webhookHeaders({ secret, run }: Sender, n: number, body: string): Record<string, string> {
  const id = `${run}-${n}`;
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}

/** Shopify docs, verify webhook deliveries: the HMAC over the body. */
function shopifyHeaders({ secret, run }: Sender, n: number, body: string): Record<string, string> {
  return {
    "x-shopify-hmac-sha256": createHmac("sha256", secret).update(body).digest("base64"),
    "x-shopify-shop-domain": shopDomain(SHOP),
    "x-shopify-webhook-id": `${run}-${n}`,
    "x-shopify-topic": "orders/create",
    "x-shopify-api-version": "2026-10",
  };
}

/** The account on the simulated Shopify. */
export const SHOP = "bench";

function movements({ run }: Sender, n: number): string {
  const occurred_at = new Date().toISOString();
  const sales = Array.from({ length: 3 }, (_, line) => ({
    id: `${run}-${n}-${line}`,
    type: "sale",
    sku: `SKU-${(n + line) % 100}`,
    quantity: 1,
    order_id: String(n),
    occurred_at,
  }));
  return JSON.stringify({ movements: sales });
}

function shopifyOrder(n: number): string {
  const at = new Date().toISOString();
  const id = 5_000_000_000_000 + n;
  const lines = Array.from({ length: 3 }, (_, line) => ({
    id: id * 10 + line,
    admin_graphql_api_id: `gid://shopify/LineItem/${id * 10 + line}`,
    variant_id: 40_000_000_000 + line,
    product_id: 70_000_000_000 + line,
    title: `Mug ${line}`,
    sku: `SKU-${(n + line) % 100}`,
    quantity: 1,
    current_quantity: 1,
    fulfillable_quantity: 1,
    fulfillment_service: "manual",
    requires_shipping: true,
    gift_card: false,
    price: "19.90",
    variant_inventory_management: "shopify",
  }));
  return JSON.stringify({
    id,
    admin_graphql_api_id: `gid://shopify/Order/${id}`,
    name: `#${n}`,
    created_at: at,
    updated_at: at,
    processed_at: at,
    cancelled_at: null,
    cancel_reason: null,
    financial_status: "paid",
    fulfillment_status: null,
    location_id: null,
    source_name: "web",
    test: false,
    line_items: lines,
    refunds: [],
    returns: [],
  });
}
