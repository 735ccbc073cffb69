import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { RawRequest } from "../../webhooks.ts";
import type { ConformanceCall, ConformanceFault, ConformanceSeed } from "../harness.ts";
import { ToyBooks } from "./toy-books.ts";
import { answerToyCall } from "./toy-operations.ts";

/** So many calls at once, so many more each second. */
export const toyLimit = { perSecond: 20, burst: 10 };
export const TOY_CONSENT_MS = 90 * 86_400_000;
const WAIT_MS = 1_000;

export interface ToyAnswer {
  readonly status: number;
  readonly text: string;
  /** Named with a 429. */
  readonly retryAfterMs?: number;
}

/** The smallest channel that keeps every promise the suite asks about, in memory. */
export class ToyChannel {
  readonly books: ToyBooks;
  readonly calls: ConformanceCall[] = [];
  readonly deliveries: RawRequest[] = [];
  readonly feeds = new Map<string, { readonly outcomes: readonly unknown[]; readonly isStuck: boolean }>();
  readonly codes = new Set<string>();
  readonly granted: boolean;
  /** What was done under an idempotency key is done once. */
  readonly done = new Map<string, readonly unknown[]>();
  readonly accessEnds = new Date(Date.now() + TOY_CONSENT_MS).toISOString();
  token = `token-${randomUUID()}`;
  secret = `secret-${randomUUID()}`;
  subscribedTo: string | null = null;
  isRevoked = false;
  stuckFeeds = 0;
  readonly #faults: { readonly fault: ConformanceFault; left: number }[] = [];
  readonly #sent: { readonly id: string; readonly body: string }[] = [];
  readonly #scale: number;
  #tokens: number;
  #countedAt = Date.now();

  constructor({ listings, restricted, scaleLimits = 1_000 }: ConformanceSeed) {
    this.books = new ToyBooks(listings);
    this.books.onChange = (order) => this.#notify({ topic: "order", order });
    this.granted = !restricted;
    this.#scale = scaleLimits;
    this.#tokens = toyLimit.burst * scaleLimits;
  }

  fault(fault: ConformanceFault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 });
  }

  /** Answers one call as HTTP would; rejects when the connection is cut. */
  async call(operation: string, token: string, body: unknown): Promise<ToyAnswer> {
    const startedAt = Date.now();
    const found = this.#faults.find(({ fault, left }) => left > 0 && fault.on === operation);
    if (found) found.left -= 1;
    const effect = found?.fault.effect;
    if (effect?.type === "delay") await sleep(effect.ms, undefined, { ref: false });
    const answer = effect?.type === "reset" ? undefined : this.#answer(effect, operation, token, body);
    const throttled = answer?.status === 429;
    this.calls.push({ operation, startedAt, answeredAt: Date.now(), throttled });
    if (!answer || effect?.type === "lose_answer") throw new Error("ECONNRESET");
    return effect?.type === "cut" ? { ...answer, text: answer.text.slice(0, answer.text.length / 2) } : answer;
  }

  quantityWritten(sku: string): void {
    this.#notify({ topic: "quantity", sku, available: this.books.item(sku).available });
  }

  redeliver(): void {
    for (const { id, body } of this.#sent) this.#deliver(id, body);
  }

  #answer(effect: ConformanceFault["effect"] | undefined, operation: string, token: string, body: unknown): ToyAnswer {
    if (effect?.type === "status") return { status: effect.status, text: effect.body };
    if (effect?.type === "throttle" || !this.#hasRoom()) return { status: 429, text: "", retryAfterMs: WAIT_MS };
    const { status, answer } = answerToyCall(this, operation, token, body);
    return { status, text: JSON.stringify(answer) };
  }

  #hasRoom(): boolean {
    const at = Date.now();
    const { perSecond, burst } = toyLimit;
    const refilled = this.#tokens + ((at - this.#countedAt) / 1_000) * perSecond * this.#scale;
    this.#tokens = Math.min(burst * this.#scale, refilled);
    this.#countedAt = at;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #notify(content: object): void {
    if (this.subscribedTo === null) return;
    const message = { id: randomUUID(), body: JSON.stringify(content) };
    this.#sent.push(message);
    this.#deliver(message.id, message.body);
  }

  #deliver(id: string, body: string): void {
    const sentAt = String(Date.now());
    const headers = { "toy-id": id, "toy-sent-at": sentAt, "toy-signature": signToy(this.secret, id, sentAt, body) };
    const path = new URL(this.subscribedTo ?? "http://nowhere/").pathname;
    this.deliveries.push({ method: "POST", path, query: new URLSearchParams(), headers, body: Buffer.from(body) });
  }
}

export function signToy(secret: string, id: string, sentAt: string, body: string | Uint8Array): string {
  return createHmac("sha256", secret).update(`${id}.${sentAt}.`).update(body).digest("base64");
}
