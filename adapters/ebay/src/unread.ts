import { ChannelError, type CallContext, type Unread } from "@lastunit/adapter-contract";

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

export function isUnread(found: object): found is Unread {
  return "status" in found && found.status === "unread";
}

/** A listing that an import leaves out is as it was before; a later import brings it. */
export function warnOfUnread(call: CallContext, sku: string, { code, message }: Unread): void {
  call.log.warn({ sku, code, reason: message }, "eBay has trouble with an item: it was left out of the import");
}

/** eBay numbers its errors. An answer without one has its status for a code; what is no answer, a word. */
function isToldByEbay({ failure, code, httpStatus }: ChannelError): boolean {
  return failure === "unavailable" && /^\d+$/.test(code) && code !== String(httpStatus);
}
