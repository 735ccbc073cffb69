import type { CallContext, InboundFacts } from "@lastunit/adapter-contract";
import { messageOf } from "@lastunit/config";
import type { LedgerClient } from "@lastunit/ledger/client";
import type { InboundJob, JobResult } from "@lastunit/queues";
import { finishDelivery, loadDelivery, type StoredDelivery } from "@lastunit/store";
import { callContext, channelErrorOf, twice } from "../call.ts";
import type { OpenChannel, WorkerParts } from "../channels/open-channel.ts";
import type { Supervisor } from "../channels/supervisor.ts";
import { isPolledOrder, readPolledOrder } from "./polled-order.ts";
import { heed } from "./heed.ts";
import { recordFacts } from "./record-facts.ts";

/** When a channel throttles us without naming a time. */
const THROTTLED_MS = 5_000;
/** How long a delivery waits for a worker that can open its channel. */
const UNOPENED_MS = 10_000;

export interface InboundParts extends WorkerParts {
  readonly ledger: LedgerClient;
  readonly supervisor: Supervisor;
}

/** Brings a stored delivery into the ledger. Safe to run twice. */
export async function processDelivery(parts: InboundParts, { inboxId }: InboundJob): Promise<JobResult> {
  const stored = await loadDelivery(parts.store, inboxId);
  if (!stored || stored.status === "processed" || stored.status === "dead") return { status: "done" };
  const open = await parts.supervisor.find(stored.channelId);
  if (!open) return putAside(parts, inboxId);
  try {
    return await bringIn(parts, open, stored);
  } catch (error) {
    // The ledger, the store or the queue was away.
    return tryAgain(parts, inboxId, messageOf(error));
  }
}

async function bringIn(parts: InboundParts, open: OpenChannel, stored: StoredDelivery): Promise<JobResult> {
  const call = callContext({ stopping: parts.stopping, log: open.log });
  let facts: InboundFacts;
  try {
    facts = await factsOf(open, stored, call);
  } catch (error) {
    return unreadable(parts, open, stored, error);
  }
  const { inboxId } = stored;
  const { problems } = await recordFacts(parts, open.channel, facts);
  await heed(parts, open, facts.signals);
  if (problems.length === 0) return processed(parts, inboxId);
  const reason = problems.map(({ message }) => message).join("; ");
  if (!problems.some(({ code }) => code === "unmapped")) return giveUp(parts, inboxId, reason);
  await finishDelivery(parts.store, inboxId, { status: "dead", error: reason, code: "unmapped" });
  // Listings or locations that were mapped between our look and this mark found no dead delivery to open again.
  const { problems: left } = await recordFacts(parts, open.channel, facts);
  return left.length === 0 ? processed(parts, inboxId) : { status: "dead", reason };
}

function factsOf(open: OpenChannel, { delivery }: StoredDelivery, call: CallContext): Promise<InboundFacts> {
  if (isPolledOrder(delivery)) return Promise.resolve(readPolledOrder(delivery));
  return twice(call, () => open.session.normalize(delivery, call));
}

async function processed(parts: InboundParts, inboxId: number): Promise<JobResult> {
  await finishDelivery(parts.store, inboxId, { status: "processed" });
  return { status: "done" };
}

/** The delivery could not be understood, or the channel could not be asked about it. */
async function unreadable(
  parts: InboundParts,
  { channel }: OpenChannel,
  { inboxId }: StoredDelivery,
  cause: unknown,
): Promise<JobResult> {
  const error = channelErrorOf(cause);
  if (error.failure === "rejected") return giveUp(parts, inboxId, error.message);
  if (error.failure === "unauthorized") await parts.supervisor.disconnect(channel.channelId, error.message);
  if (error.failure === "unauthorized" || channel.status === "needs_reconnect") {
    await finishDelivery(parts.store, inboxId, { status: "waiting", error: error.message });
    return { status: "done" };
  }
  if (error.failure === "rate_limited") return { status: "later", delayMs: error.retryAfterMs ?? THROTTLED_MS };
  return tryAgain(parts, inboxId, `${error.code}: ${error.message}`);
}

/** Not for good, however long it lasts: a worker of another version may know such channels. */
async function putAside(parts: InboundParts, inboxId: number): Promise<JobResult> {
  await finishDelivery(parts.store, inboxId, {
    status: "failed",
    error: "this worker can't open the channel: its log says why",
  });
  return { status: "later", delayMs: UNOPENED_MS };
}

async function tryAgain(parts: InboundParts, inboxId: number, reason: string): Promise<JobResult> {
  await finishDelivery(parts.store, inboxId, { status: "failed", error: reason });
  return { status: "retry", reason };
}

async function giveUp(parts: InboundParts, inboxId: number, reason: string): Promise<JobResult> {
  await finishDelivery(parts.store, inboxId, { status: "dead", error: reason });
  return { status: "dead", reason };
}
