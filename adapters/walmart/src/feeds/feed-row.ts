import type { UpdateOutcome } from "@lastunit/adapter-contract";
import { z } from "zod";
import { id } from "../numbers.ts";

/** `{ingestionError: [...]}`, or nothing at all. */
export const IngestionErrors = z
  .object({
    ingestionError: z
      .array(z.object({ code: z.string().catch("unknown"), description: z.string().nullish() }))
      .nullish(),
  })
  .nullish()
  .transform((errors) =>
    (errors?.ingestionError ?? []).map(({ code, description }) => ({
      code,
      message: (description ?? code).slice(0, 300),
    })),
  );

/** What Walmart tells of one row. */
export const FeedRowStatus = z.object({
  /** The schema does not require it; a row that Walmart could not read has none. */
  sku: id.nullish().catch(null),
  /** INPROGRESS, SUCCESS, DATA_ERROR, SYSTEM_ERROR or TIMEOUT_ERROR. */
  ingestionStatus: z.string(),
  ingestionErrors: IngestionErrors,
});
export type FeedRowStatus = z.infer<typeof FeedRowStatus>;

/** The rows of a feed by SKU. */
export type FeedRows = ReadonlyMap<string, FeedRowStatus> | "all_succeeded";

export function hasFailed({ ingestionStatus }: FeedRowStatus): boolean {
  return ingestionStatus !== "SUCCESS";
}

/** What became of a SKU. A row with wrong data will be wrong again; any other failure may pass. */
export function rowOutcome(rows: FeedRows, sku: string): UpdateOutcome {
  if (rows === "all_succeeded") return { status: "accepted" };
  const row = rows.get(sku);
  if (!row) return { status: "retry", code: "not_in_feed", message: "Walmart tells nothing of it in the feed" };
  if (!hasFailed(row)) return { status: "accepted" };
  const [first] = row.ingestionErrors;
  return {
    status: row.ingestionStatus === "DATA_ERROR" ? "rejected" : "retry",
    code: first?.code ?? row.ingestionStatus,
    message: first?.message ?? `Walmart ended the row with ${row.ingestionStatus}`,
  };
}
