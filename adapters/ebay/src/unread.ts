import { ChannelError, type Unread } from "@lastunit/adapter-contract";

/**
 * Reads one listing. Where eBay answers that it has trouble with it, which may go on for days (25001), the others must
 * not wait for it; an answer that does not come, or is not eBay's, says nothing of the listing.
 */
export async function readOrUnread<Read>(read: () => Promise<Read>): Promise<Read | Unread> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ChannelError) || !isToldByEbay(error)) throw error;
    return { status: "unread", code: error.code, message: error.message };
  }
}

/** eBay numbers its errors. An answer without one has its status for a code; what is no answer, a word. */
function isToldByEbay({ failure, code, httpStatus }: ChannelError): boolean {
  return failure === "unavailable" && /^\d+$/.test(code) && code !== String(httpStatus);
}
