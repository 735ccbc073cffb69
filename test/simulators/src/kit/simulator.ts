import { randomInt } from "node:crypto";
import type { Simulator, SimulatorOptions } from "../simulator.ts";
import { createAccounts } from "./accounts.ts";
import type { ApiRequest, ApiRoute } from "./api.ts";
import { answerCall } from "./answer.ts";
import type { ChannelAccount, ChannelDefinition, Kit } from "./channel.ts";
import { addControlRoutes } from "./control.ts";
import { createFaults } from "./faults.ts";
import { createHistory } from "./history.ts";
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
  const notifier = createNotifier(history, random);
  const accounts = createAccounts<Account>();
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
    scaleLimits: options.scaleLimits ?? 1,
    processingMs: options.processingMs ?? DEFAULT_PROCESSING_MS,
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
    redeliver: (account, times) => notifier.redeliver(accounts.get(account).name, times),
    stock: (account) => accounts.get(account).stock.list(),
    history: (account) => history.list(account),
    fault: (fault) => faults.add(fault),
    async stop() {
      await notifier.stop();
      await server.close();
      await channel.stop?.();
    },
  };

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

/** What buyers and merchants do on the channel. */
function orderControls<Account extends ChannelAccount>(
  channel: ChannelDefinition<Account>,
  { accounts, history, notifier }: Pick<Kit<Account>, "accounts" | "history" | "notifier">,
): Pick<Simulator, "placeOrder" | "settleOrder" | "cancelOrder" | "refundOrder"> {
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
