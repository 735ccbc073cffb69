/** Sellers enter words such as "Does not apply" where a product has no code. */
const GTIN = /^(?:\d{8}|\d{9}[\dXx]|\d{12,14})$/;

/** The first that is a code: UPC, EAN, ISBN or GTIN. */
export function barcodeOf(...candidates: readonly unknown[]): string | null {
  for (const candidate of candidates.flat())
    if (typeof candidate === "string" && GTIN.test(candidate)) return candidate;
  return null;
}
