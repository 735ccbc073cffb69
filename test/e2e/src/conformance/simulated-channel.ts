import {
  createOutbound,
  outOfCalls,
  type ChannelAdapter,
  type ConnectAnswers,
  type ListingRef,
  type Outbound,
  type PaceLimits,
  type WebhookChannel,
} from "@lastunit/adapter-contract";
import {
  adapterConformance,
  MemoryCredentials,
  openDeliveryDoor,
  unpaced,
  type ConformanceHarness,
  type ConformanceOptions,
  type ConformanceSeed,
} from "@lastunit/adapter-contract/conformance";
import { createLogger } from "@lastunit/config";
import { createPacers } from "@lastunit/queues";
import type { BuyerOrder, SimulatedAccount, Simulator, SimulatorOptions } from "@lastunit/simulators";
import { afterAll, vi } from "vitest";

const ACCOUNT = "acme";
/** Only the throttling a test asks for shall happen. */
const NO_LIMITS = 1_000;
const REDIRECT_URL = "https://hub.example/connected";
const log = createLogger({ level: "silent", name: "conformance" });

/** What differs from platform to platform. */
export interface SimulatedPlatform extends Pick<ConformanceOptions, "catalogSize"> {
  readonly adapter: ChannelAdapter;
  readonly start: (options: SimulatorOptions) => Promise<Simulator>;
  /** The simulator's names of the calls that write and read quantities, and submit feeds of them. */
  readonly operations: { readonly write: string; readonly read: string; readonly feed?: string };
  /** What `check` calls the account. */
  readonly account: (connected: SimulatedAccount) => string;
  /** The same credentials with another signing secret; absent where the platform signs with its own key. */
  readonly strangersCredentials?: (credentials: object) => object;
  readonly unknownListing: (known: ListingRef) => ListingRef;
  readonly notifiesCancellations: boolean;
  readonly hasPendingOrders: boolean;
  readonly tellsRefunds: boolean;
  /** Less than the adapter needs. */
  readonly tooFewPermissions: readonly string[];
  /** What `check` must name then: a scope, a role. */
  readonly missing: string;
  /** The same credentials with an access token the platform no longer takes; absent where the simulator expires its own. */
  readonly withExpiredToken?: (credentials: object) => object;
  /** How long a consent lasts, in milliseconds; absent where it does not end by itself. */
  readonly consentLastsMs?: number;
  /** So many pushes of one listing each exceed the limits scaled so; absent where no test can reach the limits. */
  readonly pacing?: { readonly scaleLimits: number; readonly pushes: number };
  /** What the merchant answers before being sent to the consent page. */
  readonly consentAnswers: (connected: SimulatedAccount) => ConnectAnswers;
  /** The throttle answer says how long to wait. */
  readonly namesThrottleWait?: boolean;
  /** The throttle answer says when the next calls come back. */
  readonly namesRefill?: boolean;
  /** Has the platform tell `url` of our own quantity writes, which nobody asked it for; absent where it never does. */
  readonly echoTo?: (url: string) => Promise<void>;
  /** Order ids are numbers beyond 2^53. */
  readonly hugeIds?: boolean;
  /** Of prices; default USD. */
  readonly currency?: string;
}

/** Runs the conformance suite against the platform's simulator. */
export function simulatedConformance(platform: SimulatedPlatform): void {
  const { adapter, catalogSize, pacing } = platform;
  const pacers: { close(): Promise<void> }[] = [];
  afterAll(async () => {
    for (const pacer of pacers) await pacer.close();
  });

  function pacerFor(limits: PaceLimits) {
    const pacer = createPacers({ connection: undefined, log }).open("channel-1", limits, outOfCalls);
    pacers.push(pacer);
    return pacer;
  }

  adapterConformance(adapter.title, (seed) => connectSimulated(platform, seed), {
    catalogSize,
    ...(pacing && { pacing: { ...pacing, createPacer: pacerFor } }),
  });
}

/** Starts the platform's simulator with one account and connects the adapter to it. */
export async function connectSimulated(
  platform: SimulatedPlatform,
  { listings, restricted, pacerFor, scaleLimits = NO_LIMITS }: ConformanceSeed,
): Promise<ConformanceHarness> {
  const { adapter } = platform;
  const simulator = await platform.start({ scaleLimits });
  const connected = await simulator.addAccount({
    account: ACCOUNT,
    listings,
    ...(restricted && { permissions: platform.tooFewPermissions }),
  });
  const credentials = new MemoryCredentials<object>(connected.credentials);
  const outbound = createOutbound({ endpoints: { [simulator.kind]: new URL(simulator.url) }, log });
  const door = await openDeliveryDoor(async (request) => adapter.webhooks?.handshake?.(request, channel));
  const channel: WebhookChannel<unknown, unknown> = {
    channelId: "channel-1",
    settings: connected.settings,
    credentials,
    url: `${door.url}/webhooks/channel-1`,
    outbound,
  };
  await platform.echoTo?.(channel.url);
  const pacer = pacerFor?.(adapter) ?? unpaced;
  const openSession: ConformanceHarness["openSession"] = (granted) => {
    const settings = granted?.settings ?? connected.settings;
    return adapter.open({
      channelId: channel.channelId,
      key: `${adapter.kind}:${adapter.accountOf(settings)}`,
      settings,
      credentials: granted ? new MemoryCredentials(granted.credentials) : credentials,
      outbound,
      pacer,
      log,
    });
  };
  const { strangersCredentials, withExpiredToken, consentLastsMs, missing, consentAnswers, operations } = platform;
  const { rotateSigning, cancelUnits } = simulator;
  return {
    adapter,
    session: openSession(),
    openSession,
    settings: connected.settings,
    credentials,
    account: platform.account(connected),
    missing,
    ...(consentLastsMs !== undefined && { consentLastsMs }),
    channel,
    ...(strangersCredentials && {
      strangersChannel: {
        ...channel,
        credentials: new MemoryCredentials<unknown>(strangersCredentials(await credentials.read())),
      },
    }),
    async expireToken() {
      await simulator.expireTokens?.(ACCOUNT);
      if (withExpiredToken) credentials.replace(withExpiredToken(await credentials.read()));
    },
    deliveries: () => door.deliveries,
    redeliver: async () => void (await simulator.redeliver(ACCOUNT, 1)),
    switchOff: () => simulator.switchOff(ACCOUNT),
    ...(rotateSigning && {
      async rotateSigning() {
        const changed = await rotateSigning(ACCOUNT);
        credentials.replace({ ...(await credentials.read()), ...changed });
      },
    }),
    // What comes of `echoTo` is nothing to wait for: no adapter takes a signal from it.
    echoes: false,
    calls: () => callsOf(simulator),
    unknownListing: platform.unknownListing,
    shown: (sku) => shown(simulator, sku),
    placeOrder: (lines, agoMs = 0) => ago(agoMs, () => placeOrder(simulator, { lines })),
    hasHugeIds: platform.hugeIds ?? false,
    ...(platform.hasPendingOrders && {
      pending: {
        place: (lines) => placeOrder(simulator, { lines, pending: true }),
        settle: (orderId) => simulator.settleOrder(ACCOUNT, orderId),
      },
    }),
    ...(platform.tellsRefunds && {
      refund: (orderId, refund) => simulator.refundOrder(ACCOUNT, orderId, refund),
    }),
    cancelOrder: (orderId) => simulator.cancelOrder(ACCOUNT, orderId),
    ...(cancelUnits && { cancelUnits: (orderId, units) => cancelUnits(ACCOUNT, orderId, units) }),
    ship: (orderId) => simulator.shipOrder(ACCOUNT, orderId),
    notifiesCancellations: platform.notifiesCancellations,
    fault({ on, times = 1, effect }) {
      const operation = operations[on];
      if (operation === undefined) throw new Error(`${adapter.kind}: name the operation of a ${on}`);
      simulator.fault({ operation, times, effect });
    },
    namesThrottleWait: platform.namesThrottleWait ?? false,
    namesRefill: platform.namesRefill ?? false,
    stickFeed: () => simulator.fault({ effect: { type: "stick_feed" } }),
    revoke: () => simulator.fault({ effect: { type: "revoke" } }),
    consent: {
      answers: consentAnswers(connected),
      redirectUrl: REDIRECT_URL,
      open: (page, decision) => openConsentPage(simulator, outbound, page, decision),
    },
    prices: { currency: platform.currency ?? "USD", shown: (sku) => priceOf(simulator, sku) },
    async stop() {
      await simulator.stop();
      await door.stop();
    },
  };
}

/** What a merchant's browser does on the platform's page. @returns the query it is sent back with. */
async function openConsentPage(
  simulator: Simulator,
  outbound: Outbound,
  page: URL,
  decision: "agree" | "decline",
): Promise<URLSearchParams> {
  const { url, headers } = outbound.rewrite(simulator.kind, page);
  url.searchParams.set("sim_redirect", REDIRECT_URL);
  if (decision === "decline") url.searchParams.set("sim_decision", "decline");
  const answer = await fetch(url, { headers, redirect: "manual" });
  const location = answer.headers.get("location");
  if (location === null) throw new Error(`the consent page answered ${answer.status}: ${await answer.text()}`);
  return new URL(location).searchParams;
}

function callsOf(simulator: Simulator): ReturnType<ConformanceHarness["calls"]> {
  return simulator
    .history(ACCOUNT)
    .filter((event) => event.type === "call")
    .map(({ operation, startedAt, at, throttled }) => ({ operation, startedAt, answeredAt: at, throttled }));
}

function priceOf(simulator: Simulator, sku: string) {
  const found = simulator.prices(ACCOUNT).find((price) => price.sku === sku);
  if (!found) throw new Error(`the simulator has no price of ${sku}`);
  return found;
}

function shown(simulator: Simulator, sku: string): number {
  const found = simulator.stock(ACCOUNT).find((stock) => stock.sku === sku);
  if (!found) throw new Error(`the simulator has no ${sku}`);
  return found.available;
}

/** Does it while the clock, that of the simulator too, shows an earlier time. */
async function ago<T>(ms: number, work: () => Promise<T>): Promise<T> {
  if (ms === 0) return await work();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - ms });
  try {
    return await work();
  } finally {
    vi.useRealTimers();
  }
}

async function placeOrder(simulator: Simulator, order: Omit<BuyerOrder, "account">) {
  const placed = await simulator.placeOrder({ account: ACCOUNT, ...order });
  if ("refused" in placed) throw new Error("the simulator has sold out");
  return placed;
}
