import type { SeededRandom } from "../kit/index.ts";
import { createQuotas, type Quotas } from "./quota.ts";

/** A merchant's own application: one keyset, with the limits, alerts, destinations and subscriptions that belong to it. */
export interface Application {
  /** The account whose keyset it is. */
  readonly owner: string;
  readonly appId: string;
  readonly certId: string;
  readonly quotas: Quotas;
  alertEmail: string | null;
  readonly destinations: Map<string, Destination>;
  readonly subscriptions: Map<string, Subscription>;
}

export interface Destination {
  readonly destinationId: string;
  name: string;
  status: "ENABLED" | "DISABLED";
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

/** @param scaleLimits multiplies its daily limits. */
export function createApplication(owner: string, random: SeededRandom, scaleLimits: number): Application {
  return {
    owner,
    appId: `Lastunit-sim-PRD-${random.hex(9)}-${random.hex(8)}`,
    certId: `PRD-${random.hex(12)}-${random.hex(4)}-${random.hex(4)}`,
    quotas: createQuotas(scaleLimits),
    alertEmail: null,
    destinations: new Map(),
    subscriptions: new Map(),
  };
}
