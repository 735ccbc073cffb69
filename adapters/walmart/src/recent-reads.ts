import type { NodeStock } from "./nodes.ts";

/**
 * A worker reads a listing right before it raises it. Within this time the write takes over what was read, so that a
 * raise costs one read, not two. An order placed in between Walmart takes off by itself.
 */
const KEEP_MS = 2_000;

/** What was read of SKUs a moment ago; each read serves one write. */
export interface RecentReads {
  keep(sku: string, nodes: readonly NodeStock[]): void;
  take(sku: string): readonly NodeStock[] | undefined;
}

export function createRecentReads(): RecentReads {
  const kept = new Map<string, { readonly nodes: readonly NodeStock[]; readonly until: number }>();

  function dropOld(now: number): void {
    // Oldest first: what follows one that is new enough is newer still.
    for (const [sku, { until }] of kept) {
      if (until > now) break;
      kept.delete(sku);
    }
  }

  return {
    keep(sku, nodes) {
      const now = performance.now();
      dropOld(now);
      kept.delete(sku);
      kept.set(sku, { nodes, until: now + KEEP_MS });
    },
    take(sku) {
      dropOld(performance.now());
      const found = kept.get(sku);
      kept.delete(sku);
      return found?.nodes;
    },
  };
}
