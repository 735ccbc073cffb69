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

/** Access that was granted on the platform's page, and not used yet. */
export interface Grant {
  /** The path that connects the channel with it. */
  readonly finish: string;
  /** The console's page that does the same. */
  readonly page: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/**
 * Shows the address from which a browser sets out for the platform's consent page, and waits until it is back.
 *
 * @throws with the platform's words when the merchant declined or it says no, with the gateway's when it takes too long.
 */
export async function overConsent(remote: Remote, request: GatewayRequest): Promise<Grant> {
  const { consent_id, url, expires_at } = await remote.gateway(begun, "POST", "/v1/consents", request);
  process.stderr.write(
    `Open this page in a browser, go on to the platform, log in there and agree (until ${expires_at}):\n\n  ${url}\n\nWaiting …\n`,
  );
  const path = `/v1/consents/${consent_id}`;
  const ask = () => remote.gateway(consent, "GET", path, { merchantId: request.merchantId });
  let answer = await ask();
  while (answer.status === "waiting") {
    await delay(ASK_EVERY_MS);
    answer = await ask();
  }
  if (answer.status === "refused") throw new Error(`Not connected: ${answer.reason}`);
  const page = new URL(`/connect?consent=${consent_id}`, url).href;
  return { finish: `${path}/finish`, page, expiresAt: expires_at };
}
