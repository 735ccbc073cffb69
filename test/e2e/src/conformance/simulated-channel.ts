import { createOutbound, type ChannelAdapter, type ListingRef, type WebhookChannel } from "@lastunit/adapter-contract";
import {
  MemoryCredentials,
  openDeliveryDoor,
  unpaced,
  type ConformanceHarness,
  type ConformanceSeed,
} from "@lastunit/adapter-contract/conformance";
import { createLogger } from "@lastunit/config";
import type { BuyerOrder, SimulatedAccount, Simulator, SimulatorOptions } from "@lastunit/simulators";

const ACCOUNT = "acme";
/** Nothing paces the calls here: only the throttling a test asks for shall happen. */
const NO_LIMITS = 1_000;
const log = createLogger({ level: "silent", name: "conformance" });

/** What differs from platform to platform. */
export interface SimulatedPlatform {
  readonly adapter: ChannelAdapter;
  readonly start: (options: SimulatorOptions) => Promise<Simulator>;
  /** The simulator's names of the calls that write and read quantities. */
  readonly operations: { readonly write: string; readonly read: string };
  /** What `check` calls the account. */
  readonly account: (connected: SimulatedAccount) => string;
  /** The same credentials with another signing secret; absent where the platform signs with its own key. */
  readonly strangersCredentials?: (credentials: object) => object;
  readonly unknownListing: (known: ListingRef) => ListingRef;
  readonly notifiesCancellations: boolean;
  readonly hasPendingOrders: boolean;
  readonly tellsRefunds: boolean;
  /** Less than the adapter needs; absent where the simulator grants all or nothing. */
  readonly tooFewPermissions?: readonly string[];
  /** The same credentials with an access token the platform no longer takes; absent where tokens do not expire. */
  readonly withExpiredToken?: (credentials: object) => object;
}

/** Starts the platform's simulator with one account and connects the adapter to it. */
export async function connectSimulated(
  platform: SimulatedPlatform,
  { listings, restricted }: ConformanceSeed,
): Promise<ConformanceHarness> {
  const { adapter } = platform;
  const simulator = await platform.start({ scaleLimits: NO_LIMITS });
  const connected = await simulator.addAccount({
    account: ACCOUNT,
    listings,
    ...(restricted && { permissions: platform.tooFewPermissions ?? [] }),
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
  const session = adapter.open({
    channelId: channel.channelId,
    key: `${adapter.kind}:${adapter.accountOf(connected.settings)}`,
    settings: connected.settings,
    credentials: channel.credentials,
    outbound,
    pacer: unpaced,
    log,
  });
  const { strangersCredentials, withExpiredToken } = platform;
  return {
    adapter,
    session,
    settings: connected.settings,
    credentials,
    account: platform.account(connected),
    channel,
    ...(strangersCredentials && {
      strangersChannel: {
        ...channel,
        credentials: new MemoryCredentials<unknown>(strangersCredentials(await credentials.read())),
      },
    }),
    ...(withExpiredToken && {
      expireToken: async () => credentials.replace(withExpiredToken(await credentials.read())),
    }),
    deliveries: () => door.deliveries,
    redeliver: async () => void (await simulator.redeliver(ACCOUNT, 1)),
    unknownListing: platform.unknownListing,
    shown: (sku) => shown(simulator, sku),
    placeOrder: (lines) => placeOrder(simulator, { lines }),
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
    notifiesCancellations: platform.notifiesCancellations,
    fault: ({ on, effect }) => simulator.fault({ operation: platform.operations[on], effect }),
    revoke: () => simulator.fault({ effect: { type: "revoke" } }),
    async stop() {
      await simulator.stop();
      await door.stop();
    },
  };
}

function shown(simulator: Simulator, sku: string): number {
  const found = simulator.stock(ACCOUNT).find((stock) => stock.sku === sku);
  if (!found) throw new Error(`the simulator has no ${sku}`);
  return found.available;
}

async function placeOrder(simulator: Simulator, order: Omit<BuyerOrder, "account">) {
  const placed = await simulator.placeOrder({ account: ACCOUNT, ...order });
  if ("refused" in placed) throw new Error("the simulator has sold out");
  return placed;
}
