import { z } from "zod";

/** Without this the package makes numbers of what looks like one: SKU `1e5` becomes 100000, `1.10` becomes 1.1. */
export const asText = { parseOptions: { parseTagValue: false, parseAttributeValue: false } };

/** A repeatable element: the parser gives one as itself, several as a list, none as nothing (or an empty text). */
export function many<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => {
    if (value === undefined || value === "") return [];
    return Array.isArray(value) ? value : [value];
  }, z.array(schema));
}

/** A whole number of units. */
export const units = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number);

/** An optional container; the parser gives an empty one as an empty text. */
export function container<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === "" ? undefined : value), schema.optional());
}
