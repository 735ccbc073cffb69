import { setTimeout as sleep } from "node:timers/promises";
import type { NotifyPlan } from "../simulator.ts";
import type { Faults } from "./faults.ts";
import type { History } from "./history.ts";
import type { SeededRandom } from "./random.ts";

/** One message of the channel to the merchant's software, kept for ever so that it can be sent again. */
export interface Notification {
  readonly account: string;
  readonly topic: string;
  /** Stable over copies, retries and redeliveries. */
  readonly deliveryId: string;
  /** Sends the same bytes once. Rejects when nobody answered. */
  send(signal: AbortSignal): Promise<number | "queued">;
}

export interface Notifier {
  /**
   * Sends each notification by the plan (default: once, at once), unless a scripted fault wants otherwise, and returns
   * before they are answered. What belongs together goes out in a random order, for channels promise none.
   */
  notify(notifications: readonly Notification[], plan?: NotifyPlan): void;
  /** Sends every notification of the account again, `times` times, oldest first. */
  redeliver(account: string, times: number): Promise<{ readonly sent: number; readonly failed: number }>;
  /** Gives up what is under way and resolves when it has ended. */
  stop(): Promise<void>;
}

/** After an answer of 500 or more, or none. Channels wait minutes; these keep a test short. */
const RETRY_PAUSES_MS = [50, 100, 200, 400, 800];
const REDELIVERIES_AT_ONCE = 8;

export function createNotifier(parts: {
  readonly history: History;
  readonly random: SeededRandom;
  readonly faults: Faults;
}): Notifier {
  const { history, random, faults } = parts;
  const made: Notification[] = [];
  /** By account: notifications that wait for the next one to overtake them. */
  const heldBack = new Map<string, (() => void)[]>();
  const underWay = new Set<Promise<unknown>>();
  const stopping = new AbortController();

  async function attempt(notification: Notification): Promise<number | "failed" | "queued"> {
    const { account, topic, deliveryId } = notification;
    const status = await notification.send(stopping.signal).catch(() => "failed" as const);
    history.record({ type: "notified", account, topic, deliveryId, status });
    return status;
  }

  /** Whether the receiver took it. */
  async function deliver(notification: Notification): Promise<boolean> {
    let status = await attempt(notification);
    for (const pauseMs of RETRY_PAUSES_MS) {
      if (!isWorthRetrying(status) || stopping.signal.aborted) break;
      await pause(pauseMs);
      status = await attempt(notification);
    }
    return status === "queued" || (status !== "failed" && status >= 200 && status < 300);
  }

  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);

  async function deliverAfter(notification: Notification, delayMs: number): Promise<void> {
    if (delayMs > 0) await pause(delayMs);
    if (stopping.signal.aborted) return;
    const overtaken = heldBack.get(notification.account)?.splice(0) ?? [];
    await deliver(notification);
    for (const sendOn of overtaken) sendOn();
  }

  function hold(notification: Notification): void {
    const held = heldBack.get(notification.account) ?? [];
    heldBack.set(notification.account, held);
    held.push(() => track(deliver(notification)));
  }

  function send(notification: Notification, plan: NotifyPlan): void {
    const { account, topic, deliveryId } = notification;
    const fault = plan.copies === 0 ? undefined : faults.takeForNotification(account, topic);
    if (fault?.type === "lose_notification") {
      history.record({ type: "notified", account, topic, deliveryId, status: "lost" });
      return;
    }
    if (fault?.type === "reorder_notification") {
      hold(notification);
      return;
    }
    const copies = fault?.type === "duplicate_notification" ? fault.copies : (plan.copies ?? 1);
    const delayMs = (plan.delayMs ?? 0) + (fault?.type === "delay_notification" ? fault.ms : 0);
    for (let copy = 0; copy < copies; copy += 1) track(deliverAfter(notification, delayMs));
  }

  function track(work: Promise<unknown>): void {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  }

  return {
    notify(notifications, plan = {}) {
      made.push(...notifications);
      for (const notification of random.shuffle(notifications)) send(notification, plan);
    },
    async redeliver(account, times) {
      const own = made.filter((notification) => notification.account === account);
      const queue = Array.from({ length: times }, () => own).flat();
      const outcomes: boolean[] = [];
      const sendOn = async () => {
        for (let next = queue.shift(); next; next = queue.shift()) outcomes.push(await deliver(next));
      };
      await Promise.all(Array.from({ length: REDELIVERIES_AT_ONCE }, sendOn));
      const failed = outcomes.filter((taken) => !taken).length;
      return { sent: outcomes.length - failed, failed };
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled(underWay);
    },
  };
}

function isWorthRetrying(status: number | "failed" | "queued"): boolean {
  return status === "failed" || (status !== "queued" && status >= 500);
}

/** The longest a channel waits for an answer (Shopify docs: 5 s in all). */
const ANSWER_DEADLINE_MS = 5_000;

/** A notification that is POSTed as these very bytes. */
export function httpNotification(message: {
  readonly account: string;
  readonly topic: string;
  readonly deliveryId: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}): Notification {
  const { account, topic, deliveryId, url, headers, body } = message;
  return {
    account,
    topic,
    deliveryId,
    async send(signal) {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_DEADLINE_MS)]);
      const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: deadline });
      await response.body?.cancel();
      return response.status;
    },
  };
}
