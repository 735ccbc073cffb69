import { createHmac, randomBytes } from "node:crypto";
import type { Deployment } from "@lastunit/test-support";
import { LOCATION } from "./marketplace.ts";

/** A point-of-sale system that tells of its sales by signed JSON. */
export interface PointOfSale {
  /** Sends one sale; the same id names the same sale. Returns the HTTP status. */
  sell(sale: { readonly id: string; readonly sku: string; readonly quantity: number }): Promise<number>;
  /** The same with a signature of somebody else's. */
  sellForged(sale: { readonly id: string; readonly sku: string; readonly quantity: number }): Promise<number>;
}

export async function connectPointOfSale(deployment: Deployment, merchantId: string): Promise<PointOfSale> {
  const key = randomBytes(32);
  const connected = await deployment.gateway<{ webhook_url: string }>("POST", "/v1/channels", {
    merchantId,
    body: {
      kind: "webhook",
      credentials: { secret: `whsec_${key.toString("base64")}` },
      settings: { name: "POS Main Street" },
      default_location_id: LOCATION,
    },
  });

  async function send(sale: { id: string; sku: string; quantity: number }, signingKey: Buffer): Promise<number> {
    const movement = { ...sale, type: "sale", occurred_at: new Date().toISOString() };
    const body = JSON.stringify({ movements: [movement] });
    const id = `msg_${sale.id}`;
    const timestamp = String(Math.floor(Date.now() / 1_000));
    // Standard Webhooks specification: HMAC-SHA256 of "id.timestamp.body".
    const signature = createHmac("sha256", signingKey).update(`${id}.${timestamp}.${body}`).digest("base64");
    const response = await fetch(connected.webhook_url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": `v1,${signature}`,
      },
      body,
    });
    return response.status;
  }

  return {
    sell: (sale) => send(sale, key),
    sellForged: (sale) => send(sale, randomBytes(32)),
  };
}
