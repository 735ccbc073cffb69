/** The types whose binary form is written here. `timestamptz` is taken in epoch milliseconds. */
export type FieldType = "bigint" | "text" | "timestamptz" | "bytea" | "jsonb";

export type Field = string | number | Uint8Array | null;

/** Their numbers, the same in every PostgreSQL (src/include/catalog/pg_type.dat). */
const oids = { bigint: 20, text: 25, timestamptz: 1184, bytea: 17, jsonb: 3802 } as const;

/** 2000-01-01, where PostgreSQL's time begins. */
const EPOCH_MS = 946_684_800_000;

/**
 * Writes rows as one parameter: a binary array of a composite type. An array for each column costs the server twice as
 * much to read; rows as text cost both sides half as much again (docs/benchmarks.md).
 *
 * @param oid of the composite type: another in each database.
 * @param types of its columns, in their order; each row has as many fields.
 */
export function compositeArray(oid: number, types: readonly FieldType[], rows: readonly (readonly Field[])[]): Buffer {
  const out = new Output(64 + rows.length * 512);
  writeHead(out, oid, rows.length);
  for (const row of rows) {
    const start = out.skipLength();
    out.int32(types.length);
    for (let index = 0; index < types.length; index += 1) writeField(out, types[index] ?? "text", row[index] ?? null);
    out.setLength(start);
  }
  return out.bytes();
}

/** Writes texts as one parameter of the type `text[]`. As text, each would be searched for what must be quoted. */
export function textArray(texts: readonly string[]): Buffer {
  const out = new Output(64 + texts.length * 32);
  writeHead(out, oids.text, texts.length);
  for (const text of texts) {
    const start = out.skipLength();
    out.text(text);
    out.setLength(start);
  }
  return out.bytes();
}

/** One dimension that counts from 1 and holds no null; none for an empty array. */
function writeHead(out: Output, oid: number, length: number): void {
  out.int32(length === 0 ? 0 : 1);
  out.int32(0);
  out.int32(oid);
  if (length === 0) return;
  out.int32(length);
  out.int32(1);
}

function writeField(out: Output, type: FieldType, value: Field): void {
  out.int32(oids[type]);
  if (value === null) return out.int32(-1);
  if (typeof value === "string") {
    const start = out.skipLength();
    // The version of the form.
    if (type === "jsonb") out.int8(1);
    out.text(value);
    return out.setLength(start);
  }
  if (typeof value === "number") {
    out.int32(8);
    return type === "timestamptz" ? out.microseconds(value - EPOCH_MS) : out.int64(value);
  }
  out.int32(value.length);
  out.raw(value);
}

/** Bytes that grow as they are written. */
class Output {
  #buffer: Buffer;
  #length = 0;

  constructor(expected: number) {
    this.#buffer = Buffer.allocUnsafe(expected);
  }

  int8(value: number): void {
    this.#room(1);
    this.#length = this.#buffer.writeInt8(value, this.#length);
  }

  int32(value: number): void {
    this.#room(4);
    this.#length = this.#buffer.writeInt32BE(value, this.#length);
  }

  int64(value: number): void {
    this.int32(Math.floor(value / 2 ** 32));
    this.int32(value | 0);
  }

  /** Far times don't fit into a number as microseconds. */
  microseconds(milliseconds: number): void {
    const value = milliseconds * 1_000;
    if (Number.isSafeInteger(value)) return this.int64(value);
    this.#room(8);
    this.#length = this.#buffer.writeBigInt64BE(BigInt(milliseconds) * 1_000n, this.#length);
  }

  text(value: string): void {
    this.#room(value.length * 3);
    this.#length += this.#buffer.write(value, this.#length);
  }

  raw(value: Uint8Array): void {
    this.#room(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** Leaves room for a length, which is known once what it counts is written. */
  skipLength(): number {
    this.int32(0);
    return this.#length;
  }

  setLength(start: number): void {
    this.#buffer.writeInt32BE(this.#length - start, start - 4);
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #room(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * this.#buffer.length + more);
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
