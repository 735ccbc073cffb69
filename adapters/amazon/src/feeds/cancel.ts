import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import type { AmazonClient } from "../client.ts";
import * as operations from "./operations.ts";

/** @returns whether the feed was taken back; Amazon refuses it of a feed that has begun or ended. */
export async function cancelFeed(client: AmazonClient, feedId: string, call: CallContext): Promise<boolean> {
  try {
    await operations.cancelFeed(client, feedId, call);
    return true;
  } catch (error) {
    if (error instanceof ChannelError && error.failure === "rejected") return false;
    throw error;
  }
}
