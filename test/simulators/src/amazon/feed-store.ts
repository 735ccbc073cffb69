/** The feeds of one seller. */
export interface Feeds {
  readonly documents: Map<string, FeedDocument>;
  readonly feeds: Map<string, Feed>;
  /** Feeds of one seller run one after another: ends when the last one has run. */
  processing: Promise<void>;
}

export interface FeedDocument {
  readonly contentType: string;
  /** Of the presigned address. */
  readonly expiresAt: number;
  readonly compression: "GZIP" | null;
  bytes: Buffer | null;
}

export interface Feed {
  readonly feedId: string;
  readonly inputDocumentId: string;
  readonly createdTime: string;
  processingStatus: "IN_QUEUE" | "IN_PROGRESS" | "DONE" | "CANCELLED" | "FATAL";
  processingEndTime: string | null;
  resultFeedDocumentId: string | null;
}
