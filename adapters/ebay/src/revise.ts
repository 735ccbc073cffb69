import {
  type CallContext,
  ChannelError,
  chunksOf,
  outcomesOfEach,
  type UpdateOutcome,
} from "@lastunit/adapter-contract";
import { bulkUpdate, SKUS_PER_CALL } from "./bulk-update.ts";
import type { EbayClient } from "./client.ts";
import type { External, InventoryListing, TradingListing } from "./listing.ts";
import type { Revision } from "./revision.ts";
import { REVISIONS_SPENT, revisionsAreSpent } from "./revision-limit.ts";
import { REVISIONS_PER_TRADING_CALL, reviseByTrading } from "./trading/revise.ts";

type Result = UpdateOutcome | ChannelError;

/** Some revisions of one API, and how to send any part of them. `undefined`: to be sent alone to be answered. */
interface Batch {
  readonly revisions: readonly Revision[];
  send(part: readonly Revision[]): Promise<readonly (Result | undefined)[]>;
}

/**
 * Revises listings, each by the API it was made with: 25 by one call of the Inventory API, four by one of the Trading
 * API: prices of both may come together. Once a call is throttled or gets no answer, no other is made.
 * @returns one outcome each, in input order.
 * @throws {ChannelError} when all failed in one way.
 */
export async function revise(
  client: EbayClient,
  revisions: readonly Revision[],
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
  const batches = [
    ...batchesOf(revisions.filter(isOfInventory), SKUS_PER_CALL, (part) => bulkUpdate(client, part, call)),
    ...batchesOf(revisions.filter(isOfTrading), REVISIONS_PER_TRADING_CALL, (part) =>
      reviseByTrading(client, part, call),
    ),
  ];
  const results = new Map<Revision, Result>();
  for (const batch of batches) {
    const failed = await sendBatch(batch, results);
    if (failed) return outcomesOfEach(revisions.map((revision) => results.get(revision) ?? failed));
  }
  return outcomesOfEach(revisions.map((revision) => results.get(revision) ?? unanswered));
}

const unanswered: UpdateOutcome = { status: "retry", code: "no_answer", message: "eBay did not answer for it" };

function batchesOf<Of extends Revision>(
  revisions: readonly Of[],
  size: number,
  send: (part: readonly Of[]) => ReturnType<Batch["send"]>,
): Batch[] {
  return chunksOf(revisions, size).map((own) => ({
    revisions: own,
    send: (part) => send(own.filter((revision) => part.includes(revision))),
  }));
}

/**
 * Sends a batch, and alone what was not answered for or was refused as a batch: eBay says of some refusals only that
 * something in the call was wrong.
 * @returns what ended it early; what it has no result for was not sent.
 */
async function sendBatch(batch: Batch, results: Map<Revision, Result>): Promise<ChannelError | undefined> {
  const parts = [batch.revisions];
  for (let part = parts.shift(); part; part = parts.shift()) {
    try {
      const outcomes = await batch.send(part);
      for (const [index, revision] of part.entries()) {
        const outcome = outcomes[index];
        if (outcome) results.set(revision, outcome);
        else parts.push([revision]);
      }
      const limited = outcomes.find((outcome) => outcome instanceof ChannelError);
      if (limited) return limited;
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      if (error.failure !== "rejected") {
        for (const revision of part) results.set(revision, error);
        return error;
      }
      const [only, ...others] = part;
      if (others.length > 0) parts.push(...part.map((revision) => [revision]));
      else if (only) results.set(only, refusalOf(error));
    }
  }
  return undefined;
}

function refusalOf({ code, message }: ChannelError): UpdateOutcome {
  if (revisionsAreSpent(message)) return { status: "retry", code: REVISIONS_SPENT, message };
  return { status: "rejected", code, message };
}

function isOf<Of extends External>(backend: Of["backend"]) {
  return (revision: Revision): revision is Revision<Of> => revision.external.backend === backend;
}
const isOfInventory = isOf<InventoryListing>("inventory");
const isOfTrading = isOf<TradingListing>("trading");
