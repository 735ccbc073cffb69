import { ChannelError } from "./errors.ts";

/** For what is good to know and proves nothing when the channel keeps it back. */
export async function ifTold<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ChannelError) return undefined;
    throw error;
  }
}
