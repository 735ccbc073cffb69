/** eBay's lists here hold what one keyset has made: a handful. Past this something is wrong, and we stop. */
const PAGES_AT_MOST = 20;

interface PageRequest {
  /** eBay's largest page; the package wants it as text. */
  readonly limit: string;
  readonly continuationToken?: string;
}

/** Reads a Notification API list to its end: `next` is an address that holds the continuation token. */
export async function listAll<Item>(
  read: (page: PageRequest) => Promise<{ readonly items: readonly Item[]; readonly next: string | undefined }>,
): Promise<readonly Item[]> {
  const all: Item[] = [];
  let page: PageRequest = { limit: "100" };
  for (let count = 0; count < PAGES_AT_MOST; count += 1) {
    const { items, next } = await read(page);
    all.push(...items);
    const continuationToken = next && new URL(next, "https://api.ebay.com").searchParams.get("continuation_token");
    if (!continuationToken) return all;
    page = { ...page, continuationToken };
  }
  return all;
}
