import { createHash, randomUUID } from "node:crypto";
import { asObject } from "../kit/index.ts";

const ANSWER_DEADLINE_MS = 5_000;

/** Whether eBay would send to this address at all. Loopback over plain HTTP stands in for the merchant's public host. */
export function isAllowedEndpoint(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return false;
  const { protocol, hostname } = new URL(endpoint);
  return protocol === "https:" || (protocol === "http:" && (hostname === "127.0.0.1" || hostname === "localhost"));
}

/**
 * Asks the endpoint to prove that it is the merchant's: `GET <endpoint>?challenge_code=…` must answer 200, as
 * application/json, with hex(sha256(challengeCode + verificationToken + endpoint)) (eBay docs: marketplace account deletion).
 */
export async function passesChallenge(endpoint: string, verificationToken: string): Promise<boolean> {
  const code = randomUUID();
  const expected = createHash("sha256").update(code).update(verificationToken).update(endpoint).digest("hex");
  const url = `${endpoint}${endpoint.includes("?") ? "&" : "?"}challenge_code=${code}`;
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(ANSWER_DEADLINE_MS) });
    const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
    const answer = asObject(await response.json());
    return response.status === 200 && isJson && answer?.["challengeResponse"] === expected;
  } catch {
    // No answer and an unreadable one both leave the challenge unmet.
    return false;
  }
}
