import { setTimeout as delay } from "node:timers/promises";
import { Problem, type HttpServer } from "@lastunit/config/http";
import { findImport, summarizeMatching, type ListingImport } from "@lastunit/store";
import type { z } from "zod";
import type { Callers } from "../access/callers.ts";
import type { GatewayParts } from "../options.ts";
import { channelOf, channelParams } from "./find-channel.ts";
import type { Imports } from "./imports.ts";
import { importProgress, importReport } from "./schemas/imports.ts";

const EXAMPLES = 100;

/** Importing a channel's listings again, and what became of it. */
export function importRoutes(app: HttpServer, parts: GatewayParts, callers: Callers, imports: Imports): void {
  const { store } = parts;

  app.post(
    "/v1/channels/:channel_id/import",
    {
      schema: {
        summary: "Import the channel's listings again",
        description: "New listings are added, known ones brought up to date and matched anew; nothing is removed.",
        params: channelParams,
        response: { 202: importProgress },
      },
    },
    async (request, reply) => {
      const channel = await channelOf(parts, callers, request);
      if (channel.status === "needs_reconnect") {
        throw new Problem(409, "not_connected", channel.statusReason ?? "The channel must be connected again.");
      }
      return reply
        .code(202)
        .send(progressOf(await startedImport(imports.run(channel), () => findImport(store, channel.channelId))));
    },
  );

  app.get(
    "/v1/channels/:channel_id/import",
    {
      schema: {
        summary: "How far the last import is, and how listings were matched to SKUs",
        params: channelParams,
        response: { 200: importReport },
      },
    },
    async (request) => {
      const { channelId } = await channelOf(parts, callers, request);
      const found = await findImport(store, channelId);
      if (!found) throw new Problem(404, "never_imported", "This channel's listings were never imported.");
      const { examples, ...counts } = await summarizeMatching(store, channelId, EXAMPLES);
      return {
        ...progressOf(found),
        matched: { ...counts },
        not_matched: examples.map((one) => ({
          listing_id: one.listingId,
          channel_sku: one.channelSku,
          barcode: one.barcode,
          title: one.title,
          candidates: [...one.candidates],
        })),
      };
    },
  );
}

/** A small catalog is there at once; who imports a large one is told how far it is instead of being kept waiting. */
const WAIT_MS = 20_000;

/** An import's end, or how far it is when that takes long. Its failure after that is the log's alone. */
export async function startedImport(
  running: Promise<ListingImport>,
  progress: () => Promise<ListingImport | undefined>,
): Promise<ListingImport> {
  const timer = new AbortController();
  running.catch(() => undefined);
  const late = delay(WAIT_MS, undefined, { signal: timer.signal });
  try {
    return await Promise.race([running, late.then(async () => (await progress()) ?? running)]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

export function progressOf(one: ListingImport): z.infer<typeof importProgress> {
  return {
    status: one.finishedAt !== null ? "finished" : one.error === null ? "running" : "waiting",
    imported: one.imported,
    unsupported: one.unsupported,
    total: one.total,
    error: one.error,
  };
}
