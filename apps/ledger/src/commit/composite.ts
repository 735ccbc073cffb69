type Field = string | number | null | Uint8Array;

/**
 * A row as text, in the order of its table's columns (PostgreSQL docs, "Composite Value Input"). Rows travel as one array
 * of these: an array for each column costs the server twice as much to read as the rows cost to write.
 */
export function composite(fields: readonly Field[]): string {
  return `(${fields.map(fieldText).join(",")})`;
}

/** Needs no quotes: none of the characters that mean something inside a row, and not empty, which would be null. */
const PLAIN = /^[\w.:+-]+$/;

function fieldText(field: Field): string {
  if (field === null) return "";
  if (typeof field === "number") return String(field);
  if (typeof field !== "string") return `"\\\\x${Buffer.from(field).toString("hex")}"`;
  return PLAIN.test(field) ? field : `"${field.replaceAll(/["\\]/g, "$&$&")}"`;
}
