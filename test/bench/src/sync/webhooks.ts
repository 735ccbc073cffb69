import { randomBytes } from "node:crypto";
import type { Benchmark, Ground, Size } from "../bench.ts";
import { median, type Check, type Report, type Row } from "../report.ts";
import { LOCATION, startProduct, type Product } from "./product.ts";
import { startPlainInbox, startSender, type DeliverySender } from "./webhooks/child.ts";
import { SHOP, type Sender } from "./webhooks/delivery-writer.ts";
import type { Sent } from "./webhooks/sending.ts";

export const webhooks: Benchmark = {
  name: "webhooks",
  summary: "Deliveries a second that one gateway verifies, stores and answers.",
  usual: { rounds: 3, clients: [64], events: [] },
  quick: { rounds: 1, clients: [8], events: [] },
  run,
};

/** A flash sale's rate, far below what one gateway takes: here the time to answer counts. */
const RATES = [500, 1_000];
const RATE_SECONDS = 6;
/** The channel repeats what is answered late, and ours is not its only receiver. */
const GOAL_P99_MS = 50;
const FORGED = 20;

/** A channel of the gateway's, or the baseline. */
interface Receiver {
  readonly name: string;
  readonly sender: Omit<Sender, "run">;
  /** Absent for the baseline. */
  readonly channelId?: string;
}

async function run({ postgres, size, progress }: Ground): Promise<Report> {
  const product = await startProduct({ postgres, queues: "redis", scaleLimits: 1 });
  const plain = await startPlainInbox(await postgres.createDatabase());
  const sender = startSender();
  try {
    const channels = [await connectWebhook(product), await connectShopify(product)];
    // The gateway alone: what it stores waits for the worker.
    for (const part of ["hub", "worker"] as const) await product.deployment.part(part).stop();
    const baseline: Receiver = { name: "plain-inbox", sender: { kind: "shopify", url: plain.url, secret: "none" } };
    const receivers = [...channels, baseline];
    const fastest = await measureFastest(sender, receivers, size, progress);
    const paced = await measurePaced(sender, receivers, size, progress);
    const sent = [...fastest, ...paced];
    const checks: Check[] = [];
    for (const channel of channels) checks.push(...(await check(product, sender, channel, sent)));
    const rate = rateOf(fastest, baseline.name);
    return {
      rows: sent.map(rowOf),
      ratios: [
        ...channels.map(({ name }) => ({
          name: `deliveries/s over plain-inbox, ${name}`,
          value: rateOf(fastest, name) / rate,
        })),
        ...paced
          .filter(({ receiver }) => receiver !== baseline)
          .map(({ receiver, perSecond, result }) => ({
            name: `p99 ms at ${perSecond}/s, ${receiver.name}`,
            value: result.p99Ms,
            goal: { atMost: GOAL_P99_MS },
          })),
      ],
      checks: [...checks, { name: "every delivery was answered 200", ok: sent.every(isAllTaken) }],
    };
  } finally {
    await sender.stop();
    await plain.stop();
    await product.stop();
  }
}

/** One run of deliveries. */
interface Measured {
  readonly receiver: Receiver;
  /** Absent: as fast as they were answered, the median of the rounds. */
  readonly perSecond?: number;
  readonly deliveries: number;
  readonly rounds: number;
  readonly connections: number;
  readonly result: Sent;
}

/** In turn, round after round. */
async function measureFastest(
  sender: DeliverySender,
  receivers: readonly Receiver[],
  { rounds, clients, isQuick }: Size,
  progress: Ground["progress"],
): Promise<Measured[]> {
  const deliveries = isQuick ? 200 : 6_000;
  const connections = clients[0] ?? 1;
  const results = new Map<Receiver, Sent[]>(receivers.map((receiver) => [receiver, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [receiver, of] of results) {
      progress(`${receiver.name}, as fast as it answers, round ${round + 1}`);
      of.push(await sender.send({ sender: { ...receiver.sender, run: `fast-${round}` }, deliveries, connections }));
    }
  }
  return [...results].map(([receiver, of]) => ({ receiver, deliveries, rounds, connections, result: medianOf(of) }));
}

async function measurePaced(
  sender: DeliverySender,
  receivers: readonly Receiver[],
  { clients, isQuick }: Size,
  progress: Ground["progress"],
): Promise<Measured[]> {
  const connections = clients[0] ?? 1;
  const measured: Measured[] = [];
  for (const perSecond of isQuick ? [50] : RATES) {
    const deliveries = perSecond * (isQuick ? 1 : RATE_SECONDS);
    for (const receiver of receivers) {
      progress(`${receiver.name}, ${perSecond} a second`);
      const sending = { sender: { ...receiver.sender, run: `at-${perSecond}` }, deliveries, connections, perSecond };
      measured.push({ receiver, perSecond, deliveries, rounds: 1, connections, result: await sender.send(sending) });
    }
  }
  return measured;
}

function medianOf(of: readonly Sent[]): Sent {
  const at = (name: keyof Sent) => median(of.map((one) => one[name]));
  const taken = Math.min(...of.map((one) => one.taken));
  return { seconds: at("seconds"), taken, p50Ms: at("p50Ms"), p99Ms: at("p99Ms"), maxMs: at("maxMs") };
}

const isAllTaken = ({ result, deliveries }: Measured) => result.taken === deliveries;

function rateOf(measured: readonly Measured[], name: string): number {
  const found = measured.find(({ receiver }) => receiver.name === name);
  return found ? found.deliveries / found.result.seconds : Number.NaN;
}

function rowOf({ receiver, perSecond, deliveries, connections, result }: Measured): Row {
  return {
    receiver: receiver.name,
    sent: perSecond === undefined ? "as fast as answered" : `${perSecond} a second`,
    connections,
    "deliveries/s": deliveries / result.seconds,
    "p50 ms": result.p50Ms,
    "p99 ms": result.p99Ms,
    "max ms": result.maxMs,
  };
}

/** That all was stored, and that it was verified: the same delivery with another secret's signature must leave no trace. */
async function check(
  product: Product,
  sender: DeliverySender,
  channel: Receiver,
  sent: readonly Measured[],
): Promise<Check[]> {
  const count = async () => {
    const found = await product.store.query<{ stored: number }>(
      "select count(*)::int as stored from inbox where channel_id = $1",
      [channel.channelId],
    );
    return found.rows[0]?.stored;
  };
  const own = sent.filter(({ receiver }) => receiver === channel);
  const wanted = own.reduce((sum, { deliveries, rounds }) => sum + deliveries * rounds, 0);
  const stored = await count();
  const forged = await sender.send({
    sender: { ...channel.sender, secret: newSecret(), run: "forged" },
    deliveries: FORGED,
    connections: 1,
  });
  return [
    { name: `every delivery of ${channel.name} is stored once`, ok: stored === wanted },
    {
      name: `${channel.name} refused what was signed by somebody else`,
      ok: forged.taken === 0 && (await count()) === stored,
    },
  ];
}

const newSecret = () => `whsec_${randomBytes(32).toString("base64")}`;

async function connectWebhook({ deployment, ledger }: Product): Promise<Receiver> {
  await ledger.createMerchant(SHOP);
  const secret = newSecret();
  const body = { kind: "webhook", credentials: { secret }, settings: { name: "POS" }, default_location_id: LOCATION };
  return receiverOf(
    "webhook",
    secret,
    await deployment.gateway<Made>("POST", "/v1/channels", { merchantId: SHOP, body }),
  );
}

async function connectShopify({ deployment, simulators }: Product): Promise<Receiver> {
  const { credentials, settings } = await simulators.shopify.addAccount({ account: SHOP, listings: [] });
  const body = { kind: "shopify", credentials, settings, default_location_id: LOCATION };
  const made = await deployment.gateway<Made>("POST", "/v1/channels", { merchantId: SHOP, body });
  return receiverOf("shopify", credentials["clientSecret"] ?? "", made);
}

interface Made {
  readonly channel_id: string;
  readonly webhook_url: string;
}

function receiverOf(kind: Sender["kind"], secret: string, { channel_id, webhook_url }: Made): Receiver {
  return { name: kind, channelId: channel_id, sender: { kind, url: webhook_url, secret } };
}
