import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { GatewayRequest, Remote } from "./remote.ts";

const ASK_EVERY_MS = 1_000;

const consent = z.object({
  consent_id: z.string(),
  status: z.enum(["waiting", "granted", "refused"]),
  reason: z.string().nullable(),
});
const begun = consent.extend({ url: z.string(), expires_at: z.string() });

/**
 * Shows the address of the platform's consent page, waits until the merchant has been there, and connects the channel.
 *
 * @throws with the platform's words when the merchant declined or it says no, with the gateway's when it takes too long.
 */
export async function overConsent<T>(remote: Remote, connected: z.ZodType<T>, request: GatewayRequest): Promise<T> {
  const { consent_id, url, expires_at } = await remote.gateway(begun, "POST", "/v1/consents", request);
  process.stderr.write(`Open this page, log in there and agree (until ${expires_at}):\n\n  ${url}\n\nWaiting …\n`);
  const path = `/v1/consents/${consent_id}`;
  const { merchantId } = request;
  const ask = () => remote.gateway(consent, "GET", path, { merchantId });
  let answer = await ask();
  while (answer.status === "waiting") {
    await delay(ASK_EVERY_MS);
    answer = await ask();
  }
  if (answer.status === "refused") throw new Error(`Not connected: ${answer.reason}`);
  return remote.gateway(connected, "POST", `${path}/finish`, { merchantId });
}
