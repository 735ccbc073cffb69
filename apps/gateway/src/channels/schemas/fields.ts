import { z } from "zod";

/** Text the database can keep: no control characters, no half a surrogate pair. */
export const text = z
  .string()
  .max(255)
  // oxlint-disable-next-line no-control-regex -- they are what is refused
  .regex(/^[^\u0000-\u001f\u007f]*$/u, "must not hold control characters")
  .refine((value) => value.isWellFormed(), "must be well-formed Unicode");

export const locationId = text.min(1);

const UNITS = "must be a whole number of units, 0 to 1,000,000,000";
export const whole = z.int(UNITS).min(0, UNITS).max(1_000_000_000, UNITS);
const SHARE = "must be a number from 0 to 1, such as 0.5 for half of what is available";
export const share = z.number(SHARE).min(0, SHARE).max(1, SHARE);

export const cap = whole.nullable();

/** Which ledger locations feed the channel. */
export const locations = z
  .array(z.strictObject({ location_id: locationId, external_location_id: text.default("") }))
  .min(1, "must name at least one, or the channel has nothing to show")
  .max(1_000)
  .refine(areDistinct, "must not name the same two locations twice");

function areDistinct(pairs: readonly { location_id: string; external_location_id: string }[]): boolean {
  return (
    new Set(pairs.map((pair) => JSON.stringify([pair.location_id, pair.external_location_id]))).size === pairs.length
  );
}

/** Null: not yet. */
export const time = z.iso.datetime().nullable();
