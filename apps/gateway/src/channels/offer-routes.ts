import { Problem, type HttpServer } from "@lastunit/config/http";
import { findChannel, listChannelLocations, reviseOffer, type Channel, type ChannelLocation } from "@lastunit/store";
import type { FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Callers } from "../access/callers.ts";
import type { GatewayParts } from "../options.ts";
import { credentialsOf } from "./credentials.ts";
import { refuseIdleDefault } from "./default-location.ts";
import { enqueueChanged } from "./enqueue-changed.ts";
import { channelOf, channelParams } from "./find-channel.ts";
import { adapterOf } from "./kind.ts";
import { locationsOf } from "./locations.ts";
import { callContext, withSession } from "./open-session.ts";
import { refusing } from "./platform-problems.ts";
import { channelDetail, revisedChannel } from "./schemas/channels.ts";
import { detailOf } from "./summary-routes.ts";

type Revision = z.infer<typeof revisedChannel>;

/** Changing what feeds a channel, and what of that it is offered, while it works. */
export function offerRoutes(app: HttpServer, parts: GatewayParts, callers: Callers): void {
  const { store } = parts;
  // Before a body is read: a stranger learns nothing of what would fit.
  const onRequest = async (request: FastifyRequest) => void (await callers.caller(request));

  app.patch(
    "/v1/channels/:channel_id",
    {
      onRequest,
      schema: {
        summary: "Change what feeds a channel and what of that it is offered",
        description:
          "What is absent stays as it is; `locations` replaces all there were. What its listings must show is worked out " +
          "at once, and pushed. A location of the account that nothing feeds any more is left alone, as it is.",
        params: channelParams,
        body: revisedChannel,
        response: { 200: channelDetail },
      },
    },
    async (request) => {
      const channel = await channelOf(parts, callers, request);
      const { allocation, default_location_id: defaultLocationId } = request.body;
      const locations = await checkedLocations(parts, channel, request.body);
      const changed = await reviseOffer(store, channel.channelId, {
        allocation: allocation && storedAllocation(allocation),
        locations,
        defaultLocationId,
      });
      await enqueueChanged(parts, channel, changed);
      return await detailOf(parts, (await findChannel(store, channel.channelId)) ?? channel);
    },
  );
}

/**
 * @returns undefined: they stay.
 * @throws {Problem} 400 when the default location would feed nothing, 409 when the channel must be connected first, 422 for
 *   what the account does not have, 503 when it can't be asked.
 */
async function checkedLocations(
  parts: GatewayParts,
  channel: Channel,
  { locations: wished, default_location_id: defaultLocationId }: Revision,
): Promise<readonly ChannelLocation[] | undefined> {
  if (wished === undefined && defaultLocationId === undefined) return undefined;
  const adapter = adapterOf(parts, channel);
  if (!adapter) throw new Problem(409, "unknown_platform", `This version does not know the platform ${channel.kind}.`);
  const locationIds =
    wished?.map((one) => one.location_id) ??
    (await listChannelLocations(parts.store, channel.channelId)).map((one) => one.locationId);
  refuseIdleDefault(adapter, { defaultLocationId: defaultLocationId ?? channel.defaultLocationId, locationIds });
  if (wished === undefined) return undefined;
  if (channel.status === "needs_reconnect") {
    throw new Problem(409, "not_connected", channel.statusReason ?? "The channel must be connected again.");
  }
  const { channelId, channelKey: key, settings } = channel;
  const credentials = credentialsOf(parts, adapter, channel);
  return await withSession(parts, adapter, { channelId, key, settings }, credentials, (session) =>
    locationsOf(adapter, wished, () => refusing(() => session.locations(callContext(parts)))),
  );
}

/** Only what was said: what is undefined is not. */
function storedAllocation({ safety_stock: safetyStock, share, minimum, cap }: NonNullable<Revision["allocation"]>) {
  return {
    ...(safetyStock !== undefined && { safetyStock }),
    ...(share !== undefined && { share }),
    ...(minimum !== undefined && { minimum }),
    ...(cap !== undefined && { cap }),
  };
}
