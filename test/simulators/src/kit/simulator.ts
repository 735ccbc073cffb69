import { randomInt } from "node:crypto";
import type { Fault, Simulator, SimulatorOptions } from "../simulator.ts";
import { createAccounts } from "./accounts.ts";
import type { ApiRequest, ApiRoute } from "./api.ts";
import { answerCall } from "./answer.ts";
import type { ChannelAccount, ChannelDefinition, Kit } from "./channel.ts";
import { addControlRoutes } from "./control.ts";
import { createFaults } from "./faults.ts";
import { createHistory } from "./history.ts";
import { createLimits } from "./limits.ts";
import { createNotifier } from "./notifier.ts";
import { createRandom } from "./random.ts";
import { createServer, listen } from "./server.ts";

const DEFAULT_PROCESSING_MS = 5;
const ACCOUNT_NAME = /^[a-z0-9-]{1,40}$/u;

/**
 * Starts a channel on loopback: `define` makes the channel from the kit, everything the channels have in common is here.
 *
 * @throws when the port is in use; the error names kind and port.
 */
export async function startSimulator<Account extends ChannelAccount>(
  options: SimulatorOptions,
  define: (kit: Kit<Account>) => ChannelDefinition<Account>,
): Promise<Simulator> {
  const random = createRandom(options.seed ?? randomInt(2 ** 32));
  const history = createHistory();
  const faults = createFaults();
  const notifier = createNotifier({ history, random, faults });
  const accounts = createAccounts<Account>();
  const scaleLimits = options.scaleLimits ?? 1;
  const limits = createLimits(scaleLimits);
  const server = createServer();
  let address: string | undefined;

  function url(): string {
    if (address === undefined) throw new Error("the simulator does not listen yet");
    return address;
  }

  const channel = define({
    accounts,
    history,
    notifier,
    random,
    limits,
    scaleLimits,
    processingMs: options.processingMs ?? DEFAULT_PROCESSING_MS,
    isFeedStuck: (account) => faults.takeForFeed(account) !== undefined,
    url,
  });
  const simulator: Simulator = {
    kind: channel.kind,
    get url() {
      return url();
    },
    async addAccount(seed) {
      if (!ACCOUNT_NAME.test(seed.account)) throw new Error(`${seed.account} is no account name: [a-z0-9-]{1,40}`);
      if (accounts.find(seed.account)) throw new Error(`account ${seed.account} exists already`);
      const account = await channel.openAccount(seed);
      accounts.add(account);
      return account.connection;
    },
    ...orderControls(channel, { accounts, history, notifier }),
    ...optionalControls(channel, { accounts, history, notifier }),
    redeliver: (account, times) => notifier.redeliver(accounts.get(account).name, times),
    switchOff: async (account) => channel.switchOff(accounts.get(account)),
    stock: (account) => accounts.get(account).stock.list(),
    prices: (account) => channel.prices(accounts.get(account)),
    limits: (account) => limits.list(accounts.get(account).name),
    history: (account) => history.list(account),
    fault(fault) {
      refuseUnknownOperation(channel, fault);
      faults.add(fault);
    },
    faults: () => faults.list(),
    clearFaults: () => faults.clear(),
    async stop() {
      await notifier.stop();
      await server.close();
      await channel.stop?.();
    },
  };

  for (const fault of options.faults ?? []) simulator.fault(fault);

  const rules = {
    faults,
    history,
    accountOf: (request: ApiRequest) => channel.accountOf(request),
    throttled: (request: ApiRequest, operation: string) => channel.throttled(request, operation),
    revoke(name: string) {
      const account = accounts.find(name);
      if (account) channel.revoke(account);
    },
  };
  for (const route of channel.routes) {
    server.route<{ Params: ApiRequest["params"] }>({
      method: route.method,
      url: route.path,
      handler: (raw, reply) => answerCall(route, rules, raw, reply),
    });
  }
  server.setNotFoundHandler<{ Params: ApiRequest["params"] }>((raw, reply) =>
    answerCall(unknownRoute, rules, raw, reply),
  );
  addControlRoutes(server, simulator);
  address = await listen(server, channel.kind, options.port ?? 0);
  return simulator;
}

/** Also a wrong address is part of the history. */
const unknownRoute: ApiRoute = {
  method: "GET",
  path: "*",
  operation: "unknown",
  handle: () => ({ status: 404, body: { error: "not found" } }),
};

/** A name nobody calls by would never hit, and the test that waits for it would prove nothing. */
function refuseUnknownOperation<Account extends ChannelAccount>(
  { kind, routes }: ChannelDefinition<Account>,
  { operation }: Fault,
): void {
  const known = new Set(routes.flatMap(operationsOf));
  if (operation === undefined || known.has(operation)) return;
  throw new Error(`the ${kind} simulator has no operation ${operation}; it has: ${[...known].sort().join(", ")}`);
}

function operationsOf({ operation, operations }: ApiRoute): readonly string[] {
  return operations ?? (typeof operation === "string" ? [operation] : []);
}

/** What buyers and merchants do on the channel. */
function orderControls<Account extends ChannelAccount>(
  channel: ChannelDefinition<Account>,
  { accounts, history, notifier }: Pick<Kit<Account>, "accounts" | "history" | "notifier">,
): Pick<Simulator, "placeOrder" | "settleOrder" | "shipOrder" | "cancelOrder" | "refundOrder"> {
  return {
    async placeOrder(order) {
      const account = accounts.get(order.account);
      const lines = order.lines.map(({ sku, quantity }) => ({ sku, quantity }));
      if (!account.stock.take(lines)) {
        history.record({ type: "order_refused", account: account.name, lines });
        return { refused: "sold_out" };
      }
      const { orderId, notifications } = channel.place(account, order);
      history.record({ type: "order_placed", account: account.name, orderId, lines });
      notifier.notify(notifications, order.notify);
      return { orderId };
    },
    async settleOrder(name, orderId, plan) {
      if (!channel.settle) throw new Error(`${channel.kind} orders stand at once: there is nothing to settle`);
      notifier.notify(channel.settle(accounts.get(name), orderId), plan);
    },
    async shipOrder(name, orderId, plan) {
      const notifications = channel.ship(accounts.get(name), orderId);
      history.record({ type: "order_shipped", account: name, orderId });
      notifier.notify(notifications, plan);
    },
    async cancelOrder(name, orderId, plan) {
      const { restocked, notifications } = channel.cancel(accounts.get(name), orderId);
      history.record({ type: "order_cancelled", account: name, orderId, restocked });
      notifier.notify(notifications, plan);
    },
    async refundOrder(name, orderId, { sku, quantity, restock, notify }) {
      if (!channel.refund) throw new Error(`${channel.kind} does not tell whether refunded units came back`);
      const notifications = channel.refund(accounts.get(name), orderId, { sku, quantity, restock });
      history.record({ type: "order_refunded", account: name, orderId, sku, quantity, restocked: restock });
      notifier.notify(notifications, notify);
    },
  };
}

/** The controls that not every channel has. */
function optionalControls<Account extends ChannelAccount>(
  channel: ChannelDefinition<Account>,
  { accounts, history, notifier }: Pick<Kit<Account>, "accounts" | "history" | "notifier">,
): Pick<Simulator, "cancelUnits" | "rotateSigning" | "expireTokens"> {
  const { cancelUnits, rotateSigning, expireTokens } = channel;
  return {
    ...(cancelUnits && {
      async cancelUnits(name, orderId, { notify, ...units }) {
        const { restocked, notifications } = cancelUnits(accounts.get(name), orderId, units);
        history.record({ type: "units_cancelled", account: name, orderId, ...units, restocked });
        notifier.notify(notifications, notify);
      },
    }),
    ...(rotateSigning && { rotateSigning: async (name) => rotateSigning(accounts.get(name)) }),
    ...(expireTokens && { expireTokens: async (name) => expireTokens(accounts.get(name)) }),
  };
}
