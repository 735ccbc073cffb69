import { z } from "zod";

/** A whole number, which Walmart sends as a number or as text, at times with a zero fraction. */
export const wholeNumber = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d+(\.0+)?$/)
    .transform(Number),
]);

/** A quantity, which Walmart sends bare, as `{unit, amount}` or, of returns, as `{unitOfMeasure, measurementValue}`. */
export const quantity = z.union([
  wholeNumber,
  z.object({ amount: wholeNumber }).transform((value) => value.amount),
  z.object({ measurementValue: wholeNumber }).transform((value) => value.measurementValue),
]);

/** A time as ISO 8601, which Walmart sends as epoch milliseconds or as ISO 8601. */
export const time = z.union([
  z.int().transform((ms) => new Date(ms).toISOString()),
  z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString()),
]);

/** An id as text. Walmart documents text; where a number comes all the same, `parseJson` has kept its digits. */
export const id = z.union([z.string().min(1), z.int().transform(String)]);
