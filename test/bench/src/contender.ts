/** A server that takes reservations, and what the benchmark knows of its books. */
export interface Contender {
  readonly name: string;
  readonly url: string;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Puts units of each SKU on hand. */
  stock(skus: readonly string[], units: number): Promise<void>;
  /** Units reserved of these SKUs, by its books. Null: it keeps none. */
  reserved(skus: readonly string[]): Promise<number | null>;
  stop(): Promise<void>;
}
