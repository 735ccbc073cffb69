import type { Commit, Expire, RecordEvent, Release, Reserve } from "../src/domain/commands.ts";

interface Hold {
  state: string;
  /** The lines it holds or held, as told. */
  readonly lines: string[];
  /** What a reserve said beside the lines; undefined for one that events made. */
  readonly terms: string | undefined;
  /** The order it is for, as far as it is known. */
  orderId: string | null;
  /** Units still reserved, by place. */
  readonly open: Map<string, number>;
  readonly expiresAt: number;
}

/**
 * What the ledger must do, said a second time in the simplest way and sharing nothing with it: on hand is a number a
 * place, and reserved is the sum of what the holds have open there. A place is a SKU at a location. Every method
 * answers with what the ledger must answer: what was done, or the code of the refusal.
 */
export class StockModel {
  readonly #onHand = new Map<string, number>();
  readonly #holds = new Map<string, Hold>();
  readonly #told = new Map<string, string>();

  onHand(place: string): number {
    return this.#onHand.get(place) ?? 0;
  }

  reserved(place: string): number {
    return [...this.#holds.values()].reduce((sum, hold) => sum + (hold.open.get(place) ?? 0), 0);
  }

  stateOf(reservationId: string): string | undefined {
    return this.#holds.get(reservationId)?.state;
  }

  tell(event: RecordEvent): string {
    const isReserve = event.eventType === "inventory.reserve";
    const reservationId = isReserve ? (event.reservationId ?? event.eventId) : event.reservationId;
    const { eventType, sku, locationId, toLocationId, quantity, setOnHand, orderId } = event;
    const content = JSON.stringify([
      eventType,
      sku,
      locationId,
      toLocationId,
      quantity,
      setOnHand,
      orderId,
      reservationId,
    ]);
    const before = this.#told.get(event.eventId);
    if (before !== undefined) return before === content ? "duplicate" : "idempotency_conflict";
    const answer = this.#apply(event, placeOf(event), reservationId ?? "");
    if (answer === "recorded") this.#told.set(event.eventId, content);
    return answer;
  }

  reserve(command: Reserve, now: number): string {
    const { ttlMs, orderId, source } = command;
    const lines = command.lines.map((line) => `${line.quantity} ${placeOf(line)}`);
    const terms = JSON.stringify([ttlMs, orderId, source]);
    const known = this.#holds.get(command.reservationId);
    if (known) {
      const isSame = known.lines.join() === lines.join() && (known.terms ?? terms) === terms;
      return isSame ? "repeated" : "idempotency_conflict";
    }
    const open = new Map<string, number>();
    for (const line of command.lines) open.set(placeOf(line), (open.get(placeOf(line)) ?? 0) + line.quantity);
    if ([...open].some(([place, units]) => units > this.#available(place))) return "insufficient_stock";
    this.#holds.set(command.reservationId, { state: "held", lines, terms, orderId, open, expiresAt: now + ttlMs });
    return "done";
  }

  commit({ reservationId, orderId }: Commit, now: number): string {
    const hold = this.#holds.get(reservationId);
    if (!hold) return "unknown_reservation";
    if (hold.state === "committed") {
      return orderId === null || orderId === hold.orderId ? "repeated" : "idempotency_conflict";
    }
    if (hold.state === "held" && hold.expiresAt <= now) this.#end(hold, "expired");
    if (hold.state === "expired") return "reservation_expired";
    if (hold.state !== "held") return "reservation_released";
    for (const [place, units] of hold.open) this.#add(place, -units);
    hold.orderId = orderId ?? hold.orderId;
    return this.#end(hold, "committed");
  }

  release({ reservationId }: Release, now: number): string {
    const hold = this.#holds.get(reservationId);
    if (!hold) return "unknown_reservation";
    if (hold.state === "committed") return "reservation_committed";
    if (hold.state !== "held") return "repeated";
    return this.#end(hold, hold.expiresAt <= now ? "expired" : "released");
  }

  expire({ reservationId }: Expire, now: number): string {
    const hold = this.#holds.get(reservationId);
    if (!hold) return "unknown_reservation";
    return hold.state === "held" && hold.expiresAt <= now ? this.#end(hold, "expired") : "repeated";
  }

  #apply(event: RecordEvent, place: string, reservationId: string): string {
    const units = event.quantity ?? 0;
    const hold = this.#holds.get(reservationId);
    const { orderId } = event;
    const isShort = (taken: number) => event.policy === "enforce" && taken > Math.max(0, this.#available(place));
    switch (event.eventType) {
      case "inventory.receiving":
      case "inventory.return":
        return this.#add(place, units);
      case "inventory.adjustment": {
        const change = event.setOnHand === null ? units : event.setOnHand - this.onHand(place);
        return isShort(-change) ? "insufficient_stock" : this.#add(place, change);
      }
      case "inventory.transfer":
        if (isShort(units)) return "insufficient_stock";
        this.#add(placeOf({ sku: event.sku, locationId: event.toLocationId ?? "" }), units);
        return this.#add(place, -units);
      case "inventory.sale": {
        if (hold?.state === "cancelled") return "reservation_cancelled";
        const own = Math.min(units, hold?.open.get(place) ?? 0);
        if (isShort(units - own)) return "insufficient_stock";
        if (hold) {
          this.#use(hold, place, own, "committed", orderId);
          this.#useElsewhere(hold, event, units - own);
        } else if (reservationId) this.#holds.set(reservationId, sold(place, units, orderId));
        return this.#add(place, -units);
      }
      case "inventory.reserve": {
        if (hold && hold.state !== "held") return `reservation_${hold.state}`;
        if (hold?.terms !== undefined) return "idempotency_conflict";
        if (isShort(units)) return "insufficient_stock";
        const held = hold ?? holding(orderId);
        held.orderId ??= orderId;
        held.lines.push(`${units} ${place}`);
        held.open.set(place, (held.open.get(place) ?? 0) + units);
        this.#holds.set(reservationId, held);
        return "recorded";
      }
      case "inventory.release": {
        if (!hold) return "unknown_reservation";
        if (hold.state !== "held") return `reservation_${hold.state}`;
        const open = hold.open.get(place) ?? 0;
        const given = event.quantity ?? open;
        if (given === 0 || given > open) return "exceeds_reservation";
        const ends = new Map([
          ["expired", "expired"],
          ["order_cancelled", "cancelled"],
          ["sold_elsewhere", "committed"],
        ]);
        this.#use(hold, place, given, ends.get(event.reason ?? "") ?? "released", orderId);
        return "recorded";
      }
    }
  }

  #available(place: string): number {
    return this.onHand(place) - this.reserved(place);
  }

  #add(place: string, units: number): "recorded" {
    this.#onHand.set(place, this.onHand(place) + units);
    return "recorded";
  }

  #use(hold: Hold, place: string, units: number, as: string, orderId: string | null): void {
    if (units === 0) return;
    hold.orderId = orderId ?? hold.orderId;
    hold.open.set(place, (hold.open.get(place) ?? 0) - units);
    if ([...hold.open.values()].every((open) => open === 0)) hold.state = as;
  }

  /** Sold at a place that held too few: what the other places hold of the SKU is free again. */
  #useElsewhere(hold: Hold, { sku, orderId }: RecordEvent, units: number): void {
    let left = units;
    for (const [place, open] of hold.open) {
      const taken = place.startsWith(`${sku} `) ? Math.min(left, open) : 0;
      this.#use(hold, place, taken, "committed", orderId);
      left -= taken;
    }
  }

  #end(hold: Hold, as: string): "done" {
    hold.open.clear();
    hold.state = as;
    return "done";
  }
}

function holding(orderId: string | null): Hold {
  return { state: "held", lines: [], terms: undefined, orderId, open: new Map(), expiresAt: Infinity };
}

function sold(place: string, units: number, orderId: string | null): Hold {
  return { ...holding(orderId), state: "committed", lines: [`${units} ${place}`] };
}

function placeOf({ sku, locationId }: { readonly sku: string; readonly locationId: string }): string {
  return `${sku} ${locationId}`;
}
