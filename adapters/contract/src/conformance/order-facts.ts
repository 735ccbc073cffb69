import type { OrderLine, OrderSnapshot } from "../orders.ts";

/** What an order comes to in the ledger, line by line. */
export interface OrderFacts {
  readonly lines: readonly LineFacts[];
  /** Facts told under one name with two contents: the ledger refuses the second. */
  readonly conflicts: readonly string[];
}

interface LineFacts {
  readonly lineId: string;
  /** Units sold that did not come back: which events say so may differ with the order in which they were heard. */
  readonly sold: number;
  /** Units of a pending order that are still promised. */
  readonly held: number;
}

/** A line as the ledger knows it: what was recorded once stays. */
interface LineBooks {
  reservation: { state: "none" | "held" | "committed" | "cancelled"; units: number };
  sold: number | undefined;
  readonly back: Map<string, number>;
}

/**
 * What the snapshots of one order come to when they are heard in this order: the worker's rule (an event has a name made
 * of the channel's ids, and counts once) over the ledger's (a cancelled reservation is never sold).
 *
 * @param hasPendingPhase whether orders of this channel begin as pending, so that each sale names its reservation.
 */
export function factsOf(snapshots: readonly OrderSnapshot[], hasPendingPhase: boolean): OrderFacts {
  const books = new Map<string, LineBooks>();
  const contents = new Map<string, string>();
  const conflicts = new Set<string>();

  /** Whether the fact may be recorded: it is new, or was told with the same content. */
  function tell(name: string, line: OrderLine, quantity: number, location: string | null): void {
    const content = JSON.stringify([line.item.refs, line.item.sku, location, quantity]);
    const known = contents.get(name) ?? content;
    contents.set(name, known);
    if (known !== content) conflicts.add(`${name}: ${known}, then ${content}`);
  }

  for (const { lines } of snapshots) {
    for (const line of lines) {
      if (line.quantity <= 0 && line.state !== "cancelled_pending") continue;
      const of = books.get(line.lineId) ?? {
        reservation: { state: "none", units: 0 },
        sold: undefined,
        back: new Map(),
      };
      books.set(line.lineId, of);
      if (line.quantity > 0) tell(`${line.lineId}:units`, line, line.quantity, line.externalLocationId);
      for (const { key, quantity, externalLocationId } of line.reversals) {
        tell(`${line.lineId}:${key}`, line, quantity, externalLocationId);
      }
      hear(of, line, hasPendingPhase);
    }
  }
  return {
    lines: [...books].map(summed).toSorted((a, b) => (a.lineId < b.lineId ? -1 : 1)),
    conflicts: [...conflicts],
  };
}

function hear(books: LineBooks, line: OrderLine, hasPendingPhase: boolean): void {
  const { reservation } = books;
  if (line.state === "sold") {
    if (books.sold === undefined && hasPendingPhase && reservation.state === "cancelled") return;
    books.sold ??= line.quantity;
    if (hasPendingPhase) books.reservation = { state: "committed", units: 0 };
    for (const { key, quantity } of line.reversals) if (quantity > 0) takeBack(books, key, quantity);
    return;
  }
  if (reservation.state === "none") books.reservation = { state: "held", units: Math.max(1, line.quantity) };
  if (line.state === "pending") return;
  if (reservation.state !== "committed") {
    books.reservation = { state: "cancelled", units: 0 };
    return;
  }
  for (let unit = 1; unit <= line.quantity; unit += 1) takeBack(books, `cancel:unit:${unit}`, 1);
}

function takeBack({ back }: LineBooks, key: string, quantity: number): void {
  back.set(key, back.get(key) ?? quantity);
}

function summed([lineId, { sold = 0, back, reservation }]: readonly [string, LineBooks]): LineFacts {
  const unitsBack = [...back.values()].reduce((sum, units) => sum + units, 0);
  return { lineId, sold: sold - unitsBack, held: reservation.units };
}
