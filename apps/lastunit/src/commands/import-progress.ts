import { z } from "zod";

/** How far an import of listings is, as the gateway tells it. */
export const importProgress = z.object({
  status: z.enum(["running", "waiting", "finished"]),
  imported: z.number(),
  unsupported: z.number(),
  total: z.number().nullable(),
  error: z.string().nullable(),
});

export type ImportProgress = z.infer<typeof importProgress>;

/** In one line. */
export function describeImport({ status, imported, unsupported, total, error }: ImportProgress): string {
  const found = imported + unsupported;
  const so = status === "finished" ? "" : total === null ? " so far" : ` so far, ${found} of ${total}`;
  const why = status === "waiting" ? `; waiting, and going on by itself: ${error}` : "";
  return `${imported} listings imported${so}, ${unsupported} can't be synced${why}`;
}
