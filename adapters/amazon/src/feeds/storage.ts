import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { ChannelError, type Outbound } from "@lastunit/adapter-contract";
import { noAnswer } from "../errors.ts";

/** Told when the document is made, and sent with it to the letter. */
export const DOCUMENT_TYPE = "application/json; charset=UTF-8";

/** A report of the most messages is a tenth of that. */
const LARGEST_REPORT_BYTES = 128 * 1024 * 1024;

const unzip = promisify(gunzip);

/**
 * Feed documents lie apart from the API, behind addresses that are good for five minutes and carry their own signature:
 * whoever has one may use it. So it stands in no error, and no token goes along.
 */
export async function upload(outbound: Outbound, url: string, text: string, signal: AbortSignal): Promise<void> {
  const headers = { "content-type": DOCUMENT_TYPE };
  await transfer(outbound, url, { method: "PUT", headers, body: text, signal });
}

/** The document's text. */
export async function download(
  outbound: Outbound,
  { url }: { readonly url: string },
  signal: AbortSignal,
): Promise<string> {
  const bytes = await transfer(outbound, url, { method: "GET", signal });
  if (!isGzip(bytes)) return bytes.toString("utf8");
  try {
    return (await unzip(bytes, { maxOutputLength: LARGEST_REPORT_BYTES })).toString("utf8");
  } catch {
    throw new ChannelError("unavailable", "a feed document could not be unpacked", { code: "unreadable_document" });
  }
}

/**
 * Told by the bytes, which `fetch` may have unpacked on their way, not by `compressionAlgorithm`. No text begins so
 * (RFC 1952).
 */
function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function transfer(
  outbound: Outbound,
  url: string,
  init: RequestInit & { readonly signal: AbortSignal },
): Promise<Buffer> {
  if (URL.parse(url)?.protocol !== "https:") {
    throw new ChannelError("unavailable", "Amazon named no https address for a feed document", {
      code: "bad_document_url",
    });
  }
  let status: number;
  let bytes: Buffer;
  try {
    const response = await outbound.fetch("amazon")(url, { ...init, redirect: "error" });
    status = response.status;
    bytes = Buffer.from(await response.arrayBuffer());
  } catch (error) {
    throw noAnswer(error, init.signal);
  }
  if (status === 200) return bytes;
  // An address that has ended is refused with 403: the next try gets a new one.
  throw new ChannelError("unavailable", `the storage of feed documents answered ${status}`, {
    code: "document_refused",
    httpStatus: status,
  });
}
