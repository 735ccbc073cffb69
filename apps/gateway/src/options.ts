import type { ChannelAdapter, ChannelKind, Outbound } from "@lastunit/adapter-contract";
import type { Logger, Vault } from "@lastunit/config";
import type { LedgerClient } from "@lastunit/ledger/client";
import type { Queues } from "@lastunit/queues";
import type pg from "pg";

/** What the gateway works with. */
export interface GatewayOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Our address as channels and browsers see it, without a trailing slash; undefined: the address we listen on. */
  readonly publicUrl: string | undefined;
  readonly store: pg.Pool;
  readonly vault: Vault;
  readonly ledger: LedgerClient;
  readonly queues: Queues;
  readonly outbound: Outbound;
  readonly adapters: Readonly<Record<ChannelKind, ChannelAdapter>>;
  /** The folder of the console's pages. */
  readonly consoleDirectory: string;
  /** Encrypts session cookies; the same for all gateways. */
  readonly sessionSecret: string;
  readonly log: Logger;
}

/** What routes work with: the options, and what follows from them. */
export interface GatewayParts extends GatewayOptions {
  /** The public address, once it is known. */
  url(): string;
  /** Whether browsers reach us by https. */
  readonly isSecure: boolean;
}
