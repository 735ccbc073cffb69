/** The kinds of feed that carry quantities: one node (spec 1.4) and many nodes (spec 1.5). */
export type FeedType = "inventory" | "MP_INVENTORY";

/** A file of quantities, applied some time after it was submitted. */
export interface Feed {
  readonly feedId: string;
  readonly feedType: FeedType;
  readonly submittedAt: number;
  /** As the file part of the form named it. */
  readonly fileName: string;
  /** ERROR: nothing of the file could be used. PROCESSED says nothing of the single rows. */
  status: "RECEIVED" | "INPROGRESS" | "PROCESSED" | "ERROR";
  /** Why the whole file failed. */
  problem: FeedProblem | null;
  rows: readonly FeedRow[];
}

export interface FeedRow {
  readonly sku: string;
  readonly nodes: readonly { readonly shipNode: string; readonly unit: unknown; readonly amount: unknown }[];
  status: "INPROGRESS" | "SUCCESS" | "DATA_ERROR";
  problem: FeedProblem | null;
}

export interface FeedProblem {
  readonly code: string;
  readonly description: string;
}

/** A feed as the list of feeds tells it. */
export function feedSummary(feed: Feed) {
  return {
    ...feedHead(feed),
    feedType: feed.feedType,
    feedSource: "MARKETPLACE_PARTNER",
    feedDate: feed.submittedAt,
    fileName: feed.fileName,
  };
}

/** A feed as its own status call begins: its time has another name there, and its type and file none. */
export function feedStatus(feed: Feed) {
  return { ...feedHead(feed), feedSubmissionDate: feed.submittedAt };
}

function feedHead(feed: Feed) {
  const count = (status: FeedRow["status"]) => feed.rows.filter((row) => row.status === status).length;
  return {
    feedId: feed.feedId,
    feedStatus: feed.status,
    itemsReceived: feed.rows.length,
    itemsSucceeded: count("SUCCESS"),
    itemsFailed: count("DATA_ERROR"),
    itemsProcessing: count("INPROGRESS"),
  };
}

/** One row's outcome; `index` is its place in the file. A row that names no SKU is told without one. */
export function rowStatus({ sku, status, problem }: FeedRow, index: number) {
  return {
    martId: 0,
    ...(sku && { sku }),
    index,
    ingestionStatus: status,
    ingestionErrors: { ingestionError: errorsOf(problem) },
  };
}

export function errorsOf(problem: FeedProblem | null) {
  return problem ? [{ type: "DATA_ERROR", ...problem }] : null;
}
