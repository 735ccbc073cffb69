import type {
  AccountSeed,
  BuyerOrder,
  Fault,
  NotifyPlan,
  SimulatedAccount,
  SimulatedEvent,
  SimulatedKind,
  SimulatedLimit,
  SimulatedStock,
} from "./simulator.ts";

/** The controls of a simulator that runs in another thread or process; see `Simulator` for what each does. */
export interface RemoteSimulator {
  readonly kind: SimulatedKind;
  readonly url: string;
  addAccount(seed: AccountSeed): Promise<SimulatedAccount>;
  placeOrder(order: BuyerOrder): Promise<{ readonly orderId: string } | { readonly refused: "sold_out" }>;
  settleOrder(account: string, orderId: string, notify?: NotifyPlan): Promise<void>;
  cancelOrder(account: string, orderId: string, notify?: NotifyPlan): Promise<void>;
  fault(fault: Fault): Promise<void>;
  stock(account: string): Promise<readonly SimulatedStock[]>;
  limits(account: string): Promise<readonly SimulatedLimit[]>;
  history(account: string): Promise<readonly SimulatedEvent[]>;
}

/** Reaches a simulator by its `/_sim/` routes. Every method throws with the simulator's own words when it refuses. */
export function reachSimulator(kind: SimulatedKind, url: string): RemoteSimulator {
  async function call<T>(path: string, body?: object): Promise<T> {
    const response = await fetch(`${url}/_sim${path}`, body && { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`the ${kind} simulator refused ${path}: ${await response.text()}`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both sides are this package's own types
    return (await response.json()) as T;
  }
  const orderPath = (orderId: string, action: string) => `/orders/${encodeURIComponent(orderId)}/${action}`;

  return {
    kind,
    url,
    addAccount: (seed) => call("/accounts", seed),
    placeOrder: (order) => call("/orders", order),
    settleOrder: (account, orderId, notify) =>
      call(orderPath(orderId, "settle"), { account, ...(notify && { notify }) }),
    cancelOrder: (account, orderId, notify) =>
      call(orderPath(orderId, "cancel"), { account, ...(notify && { notify }) }),
    fault: (fault) => call("/faults", fault),
    limits: (account) => call(`/limits?account=${encodeURIComponent(account)}`),
    stock: (account) => call(`/stock?account=${encodeURIComponent(account)}`),
    history: (account) => call(`/history?account=${encodeURIComponent(account)}`),
  };
}
