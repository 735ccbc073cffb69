/**
 * The value that a text means as JSON; undefined when it means none. A whole number that a double can't hold stays the
 * text it was written as: Walmart's return ids have 18 digits.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, keepDigits) as unknown;
  } catch {
    return undefined;
  }
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  return /^-?\d+$/.test(source) ? source : value;
}
