import { randomBytes, randomUUID } from "node:crypto";
import { createOutbound, type RawRequest } from "@lastunit/adapter-contract";
import { openDeliveryDoor, type DeliveryDoor } from "@lastunit/adapter-contract/conformance";
import { adapterOf } from "@lastunit/adapters";
import { createLogger, createVault, type Vault } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import { startLedger, type Ledger } from "@lastunit/ledger";
import { createLedgerClient, type LedgerClient, type NewEvent } from "@lastunit/ledger/client";
import { createQueues, type Queues } from "@lastunit/queues";
import { startSimulators, type SimulatedKind, type Simulator } from "@lastunit/simulators";
import {
  applyEvents,
  createChannel,
  createCredentialBox,
  ensureMerchant,
  migrateStore,
  saveCredentials,
  saveWebhookUrl,
  storeDelivery,
  upsertListings,
  type Channel,
} from "@lastunit/store";
import { startTestPostgres, startTestRedis, until } from "@lastunit/test-support";
import type { Pool } from "pg";
import { callContext } from "../call.ts";
import { openChannel, type WorkerParts } from "../channels/open-channel.ts";
import { startWorker } from "../worker.ts";

export const MERCHANT = "acme";
export const LOCATION = "WH-1";
/** The most that the ledger takes at once. */
const EVENTS_PER_CALL = 1_000;

/** Everything a channel's stock passes through but the hub and the gateway, which are a few lines here. */
export interface World {
  readonly store: Pool;
  readonly ledger: LedgerClient;
  readonly queues: Queues;
  readonly simulator: Simulator;
  /** What a part of the worker is given that a test runs by itself. */
  readonly parts: WorkerParts;
  /** Connects an account of the simulator whose listings show what the ledger has. */
  connect(listings: readonly { readonly sku: string; readonly quantity: number }[]): Promise<Connected>;
  /** Starts the worker; several are several processes' worth, but for the memory they share. */
  work(): Promise<{ stop(): Promise<void> }>;
  stop(): Promise<void>;
}

export interface Connected {
  readonly channel: Channel;
  readonly account: string;
  /** What a buyer can buy on the channel. */
  shown(sku: string): number | undefined;
  available(sku: string): Promise<number | undefined>;
  /** Another channel's sale. */
  sellElsewhere(sku: string, quantity: number): Promise<void>;
  /** So many of each, told at once. */
  sellAllElsewhere(skus: readonly string[], quantity: number): Promise<void>;
  receive(sku: string, quantity: number): Promise<void>;
}

/** Waits until the ledger has, and the channel shows, that many. */
export async function settled(
  shop: Connected,
  sku: string,
  quantity: number,
  options?: { readonly timeoutMs?: number },
): Promise<void> {
  const isSettled = async () => shop.shown(sku) === quantity && (await shop.available(sku)) === quantity;
  await until(`${sku} is ${quantity} in the ledger and on the channel`, isSettled, options);
}

/** @param startOne starts the channel where it is not the usual one. */
export async function startWorld(
  kind: SimulatedKind,
  backend: "redis" | "postgres",
  startOne?: () => Promise<Simulator>,
): Promise<World> {
  const log = createLogger({ name: "test", level: "silent" });
  const postgres = await startTestPostgres();
  const redis = backend === "redis" ? await startTestRedis() : undefined;
  const databaseUrl = await postgres.createDatabase();
  await migrateStore(databaseUrl, log);
  const store = createPool({ connectionString: databaseUrl, name: "test", log, max: 20 });
  const serviceToken = "a-service-token-for-tests-only";
  const server: Ledger = await startLedger({
    databaseUrl: await postgres.createDatabase(),
    host: "127.0.0.1",
    port: 0,
    serviceToken,
    bootstrap: { merchantId: MERCHANT, token: "a-merchant-token-for-tests-only" },
    log,
  });
  const ledger = createLedgerClient({ url: server.url, token: serviceToken });
  const queues = await createQueues({ redisUrl: redis?.url, databaseUrl, log });
  const simulator = startOne ? await startOne() : (await startSimulators({ kinds: [kind], seed: 7 }))[kind];
  const vault: Vault = createVault(randomBytes(32).toString("base64"));
  await ensureMerchant(store, vault, MERCHANT);
  const outbound = createOutbound({ endpoints: { [kind]: new URL(simulator.url) }, log });
  const parts: WorkerParts = { store, vault, queues, outbound, log, stopping: new AbortController().signal };
  const ending = new AbortController();
  const doors: DeliveryDoor[] = [];
  const workers: { stop(): Promise<void> }[] = [];
  const following = follow();

  async function follow(): Promise<void> {
    for (let position = 0; !ending.signal.aborted;) {
      try {
        const { events, next } = await ledger.events(position, { waitMs: 500, signal: ending.signal });
        const changed = await applyEvents(store, events, next);
        await queues.enqueuePushes(changed);
        position = next;
      } catch (error) {
        if (!ending.signal.aborted) throw error;
      }
    }
  }

  let accounts = 0;

  async function connect(listings: readonly { readonly sku: string; readonly quantity: number }[]): Promise<Connected> {
    accounts += 1;
    const adapter = adapterOf(kind);
    await record(listings.map(({ sku, quantity }) => movement("inventory.receiving", sku, quantity)));
    const seeded = await simulator.addAccount({ account: `shop-${accounts}`, listings });
    const channel = await createChannel(store, {
      merchantId: MERCHANT,
      kind,
      channelKey: `${kind}:${adapter.accountOf(seeded.settings)}`,
      settings: seeded.settings,
      defaultLocationId: LOCATION,
      ...adapter.capabilities,
    });
    await saveCredentials(store, vault, channel, seeded.credentials);
    await introduce(channel);
    const shown = (sku: string) => simulator.stock(seeded.account).find((one) => one.sku === sku)?.available;
    return {
      channel,
      account: seeded.account,
      shown,
      async available(sku) {
        return (await ledger.stock(MERCHANT, [sku])).stock[0]?.available;
      },
      receive: (sku, quantity) => record([movement("inventory.receiving", sku, quantity)]),
      sellElsewhere: (sku, quantity) => record([movement("inventory.sale", sku, quantity)]),
      sellAllElsewhere: (skus, quantity) => record(skus.map((sku) => movement("inventory.sale", sku, quantity))),
    };
  }

  /** Imports the listings and, where the channel sends webhooks, opens a door that does as the gateway does. */
  async function introduce(channel: Channel): Promise<void> {
    const open = openChannel(parts, channel);
    const call = () => callContext({ stopping: parts.stopping, log });
    if (open.session.subscribe) {
      const door = await openDeliveryDoor((request) => letIn(channel, request, () => door.url));
      doors.push(door);
      await open.session.subscribe(door.url, call());
      await saveWebhookUrl(store, channel.channelId, door.url);
    }
    for (let cursor: string | null = null; ;) {
      const page = await open.session.importListings(cursor, call());
      await upsertListings(store, channel, page.listings);
      if (page.next === null) break;
      cursor = page.next;
    }
    await open.close();
  }

  async function letIn(channel: Channel, request: RawRequest, url: () => string) {
    const credentials = createCredentialBox(store, vault, channel, (stored) => ({ ...Object(stored) }));
    const addressed = { channelId: channel.channelId, settings: channel.settings, credentials, url: url(), outbound };
    const { webhooks } = adapterOf(kind);
    const handshake = await webhooks?.handshake?.(request, addressed);
    if (handshake) return handshake;
    const verified = await webhooks?.verify(request, addressed, Date.now());
    if (!verified) return { status: 404, body: "" };
    const headers = Object.fromEntries(
      Object.entries(request.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    const { inboxId } = await storeDelivery(store, channel.channelId, { ...verified, headers, body: request.body });
    await queues.enqueueInbound([inboxId]);
    return { status: 200, body: "" };
  }

  async function record(events: readonly NewEvent[]): Promise<void> {
    for (let at = 0; at < events.length; at += EVENTS_PER_CALL) {
      await ledger.append(MERCHANT, events.slice(at, at + EVENTS_PER_CALL));
    }
  }

  return {
    store,
    ledger,
    queues,
    simulator,
    parts,
    connect,
    async work() {
      const worker = await startWorker({ store, vault, ledger, queues, outbound, log });
      workers.push(worker);
      return worker;
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop()));
      ending.abort();
      await following;
      await Promise.all(doors.map((door) => door.stop()));
      await simulator.stop();
      await queues.close();
      await server.stop();
      await store.end();
      await Promise.all([postgres.stop(), redis?.stop()]);
    },
  };
}

function movement(type: "inventory.sale" | "inventory.receiving", sku: string, quantity: number): NewEvent {
  const event_id = `test:${randomUUID()}`;
  const timestamp = new Date().toISOString();
  return { event_id, event_type: type, sku, location_id: LOCATION, quantity, source: "test", timestamp };
}
