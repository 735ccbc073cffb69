import type { SeededRandom } from "../kit/index.ts";
import { createQuotas, type Limits, type Quotas } from "./quota.ts";

/** A merchant's own application: one keyset, with the limits, alerts, destinations and subscriptions that belong to it. */
export interface Application {
  /** The account whose keyset it is. */
  readonly owner: string;
  readonly appId: string;
  readonly certId: string;
  /** eBay's name for the address the consent page sends the browser back to. */
  readonly ruName: string;
  readonly quotas: Quotas;
  alertEmail: string | null;
  readonly destinations: Map<string, Destination>;
  readonly subscriptions: Map<string, Subscription>;
}

export interface Destination {
  readonly destinationId: string;
  name: string;
  /** `MARKED_DOWN`: eBay switched it off because deliveries failed. */
  status: "ENABLED" | "DISABLED" | "MARKED_DOWN";
  endpoint: string;
  verificationToken: string;
}

export interface Subscription {
  readonly subscriptionId: string;
  /** The seller's name for a USER topic, null for the application itself. */
  readonly seller: string | null;
  readonly topicId: string;
  readonly schemaVersion: string;
  readonly createdAt: string;
  destinationId: string;
  status: "ENABLED" | "DISABLED";
}

export function createApplication(owner: string, random: SeededRandom, limits: Limits): Application {
  return {
    owner,
    appId: `Lastunit-sim-PRD-${random.hex(9)}-${random.hex(8)}`,
    certId: `PRD-${random.hex(12)}-${random.hex(4)}-${random.hex(4)}`,
    ruName: `Lastunit-Lastunit-sim-${random.hex(4)}`,
    quotas: createQuotas(owner, limits),
    alertEmail: null,
    destinations: new Map(),
    subscriptions: new Map(),
  };
}
