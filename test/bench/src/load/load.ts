/** What the generator is told to do: plain data, since it is another process. */
export interface Load {
  readonly url: string;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly clients: number;
  readonly requests: number;
  readonly body: Body;
}

export type Body =
  /** `POST /v1/reservations` for one unit: of each SKU in turn, in a shuffled order, under ids of this run's own. */
  | { readonly kind: "reserve"; readonly run: string; readonly skus: readonly string[] }
  /** `POST /v1/events` with `batch` sales of one unit, of the SKUs in the same order. */
  | { readonly kind: "ingest"; readonly run: string; readonly skus: readonly string[]; readonly batch: number };

/** What came of it. */
export interface LoadResult {
  readonly seconds: number;
  /** How many answers had which status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** From the first request to the last 201; 0 when there was none. */
  readonly acceptedSeconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}
