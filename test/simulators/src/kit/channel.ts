import type { AccountSeed, BuyerOrder, SimulatedAccount, SimulatedKind } from "../simulator.ts";
import type { Accounts } from "./accounts.ts";
import type { ApiAnswer, ApiRequest, ApiRoute } from "./api.ts";
import type { History } from "./history.ts";
import type { Notification, Notifier } from "./notifier.ts";
import type { SeededRandom } from "./random.ts";
import type { Stock } from "./stock.ts";

/** What every channel keeps of an account; a channel adds its own tokens, orders and subscriptions. */
export interface ChannelAccount {
  readonly name: string;
  readonly stock: Stock;
  readonly connection: SimulatedAccount;
}

/** What the kit gives a channel to build itself from. */
export interface Kit<Account extends ChannelAccount> {
  readonly accounts: Accounts<Account>;
  readonly history: History;
  readonly notifier: Notifier;
  readonly random: SeededRandom;
  /** Multiplies every documented rate limit. */
  readonly scaleLimits: number;
  /** How long the channel takes to apply what it has accepted, where it answers first. */
  readonly processingMs: number;
  /** The simulator's own address; throws before it listens. */
  url(): string;
}

export interface Refund {
  readonly sku: string;
  readonly quantity: number;
  readonly restock: boolean;
}

/**
 * What makes a channel this channel. Stock, history, faults and the notify plan are the kit's: `place` is called when the
 * units are already taken, `cancel` and `refund` put units back themselves. What they return is then recorded and sent.
 */
export interface ChannelDefinition<Account extends ChannelAccount> {
  readonly kind: SimulatedKind;
  readonly routes: readonly ApiRoute[];
  openAccount(seed: AccountSeed): Account | Promise<Account>;
  /** The name of the account a call belongs to; empty when it doesn't say or says it wrongly. */
  accountOf(request: ApiRequest): string;
  /** The channel's own throttle answer. */
  throttled(request: ApiRequest, operation: string): ApiAnswer;
  /** Revokes the account's tokens, now and for good. */
  revoke(account: Account): void;
  place(
    account: Account,
    order: BuyerOrder,
  ): { readonly orderId: string; readonly notifications: readonly Notification[] };
  cancel(
    account: Account,
    orderId: string,
  ): { readonly restocked: boolean; readonly notifications: readonly Notification[] };
  /** Absent where orders stand at once. */
  settle?(account: Account, orderId: string): readonly Notification[];
  /** Absent where the channel does not say of a refund whether units came back. */
  refund?(account: Account, orderId: string, refund: Refund): readonly Notification[];
  /** Ends what the channel started besides its routes. */
  stop?(): Promise<void>;
}
