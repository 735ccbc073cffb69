import { Problem, type HttpServer } from "@lastunit/config/http";
import { findListings, listListings, listPushes, type Listing, type PushRecord } from "@lastunit/store";
import { z } from "zod";
import type { Callers } from "../access/callers.ts";
import type { GatewayParts } from "../options.ts";
import { channelOf, channelParams } from "./find-channel.ts";
import { listingExplained, listings, listingsQuery } from "./schemas/listings.ts";

const listingParams = channelParams.extend({ listing_id: z.uuid() });
/** The last listing of the page before: its SKU, in which the database can't keep a NUL, and its id. */
const cursor = z.tuple([z.string().refine((sku) => !sku.includes("\0")), z.uuid()]);
const PUSHES = 20;

/** A channel's listings, and why one's number is what it is. */
export function listingRoutes(app: HttpServer, parts: GatewayParts, callers: Callers): void {
  const { store } = parts;

  app.get(
    "/v1/channels/:channel_id/listings",
    {
      schema: {
        summary: "A channel's listings, by SKU",
        params: channelParams,
        querystring: listingsQuery,
        response: { 200: listings },
      },
    },
    async (request) => {
      const { channelId } = await channelOf(parts, callers, request);
      const { sku, behind, after, limit } = request.query;
      const found = await listListings(store, {
        channelId,
        onlyBehind: behind,
        limit,
        ...(sku !== undefined && { sku }),
        ...(after !== undefined && { after: readCursor(after) }),
      });
      const last = found.length === limit ? found.at(-1) : undefined;
      return { listings: found.map(told), next: last ? writeCursor(last) : null };
    },
  );

  app.get(
    "/v1/channels/:channel_id/listings/:listing_id",
    {
      schema: {
        summary: "Why a listing's number is what it is",
        params: listingParams,
        response: { 200: listingExplained },
      },
    },
    async (request) => {
      const { channelId } = await channelOf(parts, callers, request);
      const [listing] = await findListings(store, [request.params.listing_id]);
      if (listing?.channelId !== channelId) {
        throw new Problem(404, "unknown_listing", "This channel has no such listing.");
      }
      const pushes = await listPushes(store, listing.listingId, PUSHES);
      return {
        ...told(listing),
        desired: desiredOf(listing),
        shown_position: listing.shownPosition,
        shown_at: listing.shownAt?.toISOString() ?? null,
        pushes: pushes.map(toldPush),
      };
    },
  );
}

function told(one: Listing) {
  return {
    listing_id: one.listingId,
    sku: one.sku,
    title: one.title,
    external_id: one.externalId,
    external_location_id: one.externalLocationId,
    unsupported: one.unsupported,
    target: one.target,
    shown: one.shown,
    error_reason: one.errorReason,
    error: one.errorMessage,
  };
}

function desiredOf({ desired, desiredPosition, desiredTerms, unseenUnits }: Listing) {
  if (desired === null || desiredPosition === null || desiredTerms === null) return null;
  return { ...desiredTerms, quantity: desired, position: desiredPosition, unseen_units: unseenUnits ?? 0 };
}

function toldPush(push: PushRecord) {
  return {
    quantity: push.quantity,
    position: push.position,
    requested_at: push.requestedAt.toISOString(),
    answered_at: push.answeredAt.toISOString(),
    outcome: push.outcome,
    detail: push.detail,
  };
}

function writeCursor({ sku, listingId }: Listing): string {
  return Buffer.from(JSON.stringify([sku, listingId])).toString("base64url");
}

/** @throws {Problem} 400 */
function readCursor(text: string): { readonly sku: string; readonly listingId: string } {
  const read = cursor.safeParse(parseJson(Buffer.from(text, "base64url").toString()));
  if (!read.success)
    throw new Problem(400, "invalid_request", "after: is not the `next` of a page; leave it out for the first one.");
  const [sku, listingId] = read.data;
  return { sku, listingId };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
