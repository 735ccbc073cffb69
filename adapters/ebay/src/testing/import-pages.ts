import type { ChannelSession, ImportPage } from "@lastunit/adapter-contract";
import { call } from "./harness.ts";

/** Imports to the end. */
export async function importPages(session: ChannelSession): Promise<readonly ImportPage[]> {
  const pages: ImportPage[] = [];
  let cursor: string | null = null;
  do {
    const page: ImportPage = await session.importListings(cursor, call());
    pages.push(page);
    cursor = page.next;
  } while (cursor !== null);
  return pages;
}
