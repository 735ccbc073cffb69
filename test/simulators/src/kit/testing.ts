import { afterEach, beforeEach } from "vitest";
import type { BuyerOrder, Fault, SimulatedEvent, Simulator } from "../simulator.ts";
import { startReceiver, type Receiver } from "../testing/receiver.ts";
import {
  createStock,
  httpNotification,
  startSimulator,
  type ChannelAccount,
  type ChannelDefinition,
  type Kit,
} from "./index.ts";

type Extras = Partial<ChannelDefinition<ChannelAccount>>;
type EventOf<Type extends SimulatedEvent["type"]> = Extract<SimulatedEvent, { readonly type: Type }>;

/** The smallest channel: one call that adds 1, a feed that does so later, one notification an order. */
export function countingChannel(receiver: Receiver, extras: Extras = {}) {
  const counter = { value: 0, revoked: false };
  const start = (port = 0, faults: readonly Fault[] = []) =>
    startSimulator<ChannelAccount>({ port, seed: 1, faults }, (kit) => ({
      kind: "ebay",
      routes: [
        {
          method: "POST",
          path: "/count",
          operation: "count",
          handle: () => ({ status: counter.revoked ? 401 : 200, body: { value: (counter.value += 1) } }),
        },
        { method: "GET", path: "/count", operation: "read", handle: () => ({ status: 200, body: counter }) },
        {
          method: "POST",
          path: "/feed",
          operation: "feed",
          handle({ host }) {
            if (kit.isFeedStuck(host)) return { status: 202 };
            counter.value += 10;
            return { status: 202 };
          },
        },
        {
          method: "POST",
          path: "/few",
          operation: "few",
          // So slowly that none comes back within a test.
          handle: ({ host }) =>
            kit.limits.bucket(host, "few", { perSecond: 0.001, burst: 2 }).take() ? { status: 200 } : { status: 429 },
        },
      ],
      openAccount: ({ account, listings }) => ({
        name: account,
        stock: createStock(account, listings.map(itemOf), kit.history),
        connection: { account, credentials: {}, settings: {} },
      }),
      accountOf: ({ host }) => host,
      throttled: () => ({ status: 429, body: { error: "slow down" }, throttled: true }),
      revoke: () => void (counter.revoked = true),
      place: ({ name }) => placeWith(name, receiver, kit),
      cancel: () => ({ restocked: false, notifications: [] }),
      ship: () => [],
      switchOff: () => undefined,
      prices: () => [],
      ...extras,
    }));
  return { counter, start };
}

function itemOf({ sku, quantity }: { sku: string; quantity: number }) {
  return { sku, externalId: sku, locationId: null, available: quantity };
}

function placeWith(account: string, { url }: Receiver, { random }: Kit<ChannelAccount>) {
  const orderId = random.digits(6);
  const message = { account, topic: "order", deliveryId: random.uuid(), url, headers: {}, body: orderId };
  return { orderId, notifications: [httpNotification(message)] };
}

/** The counting channel, started anew for each test, with the account acme and 5 units of SKU A. */
interface CountingBench {
  readonly simulator: Simulator;
  /** What the notifications are sent to. */
  readonly receiver: Receiver;
  readonly counter: ReturnType<typeof countingChannel>["counter"];
  /** Ends it and starts another. @param script the receiver's next answers. */
  restart(script: readonly number[], extras?: Extras): Promise<void>;
  count(account?: string): Promise<Response>;
  buy(quantity?: number): BuyerOrder;
  calls(): readonly EventOf<"call">[];
  notified(): readonly EventOf<"notified">[];
}

export function useCountingBench(): CountingBench {
  let running: Pick<CountingBench, "simulator" | "receiver" | "counter"> | undefined;

  function now() {
    if (!running) throw new Error("the channel is started before each test");
    return running;
  }
  async function begin(script: readonly number[] = [], extras: Extras = {}): Promise<void> {
    const receiver = await startReceiver(script);
    const { counter, start } = countingChannel(receiver, extras);
    const simulator = await start();
    await simulator.addAccount({ account: "acme", listings: [{ sku: "A", quantity: 5 }] });
    running = { simulator, receiver, counter };
  }
  async function end(): Promise<void> {
    await now().simulator.stop();
    await now().receiver[Symbol.asyncDispose]();
  }

  beforeEach(() => begin());
  afterEach(end);
  return {
    get simulator() {
      return now().simulator;
    },
    get receiver() {
      return now().receiver;
    },
    get counter() {
      return now().counter;
    },
    async restart(script, extras) {
      await end();
      await begin(script, extras);
    },
    count: (account = "acme") =>
      fetch(`${now().simulator.url}/count`, { method: "POST", headers: { "x-sim-host": account } }),
    buy: (quantity = 1) => ({ account: "acme", lines: [{ sku: "A", quantity }] }),
    calls: () =>
      now()
        .simulator.history()
        .filter((event) => event.type === "call"),
    notified: () =>
      now()
        .simulator.history()
        .filter((event) => event.type === "notified"),
  };
}
