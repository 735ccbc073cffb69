/** Whether a value is a quantity: a whole number of 0 or more. */
export function isQuantity(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
