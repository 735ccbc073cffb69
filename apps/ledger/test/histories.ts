import fc from "fast-check";
import type { Command } from "./specification.ts";
import type { StockModel } from "./stock-model.ts";
import * as tell from "./told.ts";

/*
 * Random histories: commands of every kind on few SKUs, locations and ids, so that they repeat and contradict each
 * other and meet at the same units.
 */

const skus = ["A", "B"];
const locations = ["WH1", "WH2"];
export const places = skus.flatMap((sku) =>
  locations.map((locationId) => ({ merchantId: tell.merchantId, sku, locationId })),
);
/** `e1` and `e2` are ids of events as well: a reserve that names no reservation is one of its own. */
export const reservationIds = ["r1", "r2", "r3", "r4", "r5", "r6", "e1", "e2"];

const units = fc.integer({ min: 1, max: 4 });
const reservationId = fc.constantFrom(...reservationIds);
// One place is named more often than the others, so that commands meet there.
const place = { sku: fc.constantFrom("A", "A", "A", "B"), locationId: fc.constantFrom("WH1", "WH1", "WH1", "WH2") };
const line = fc.record({ ...place, quantity: units });

const told = fc
  .record({
    eventId: fc
      .oneof({ weight: 1, arbitrary: fc.constantFrom(1, 2) }, { weight: 5, arbitrary: fc.nat(200) })
      .map((n) => `e${n}`),
    ...place,
    reservationId: fc.option(reservationId, { freq: 2 }),
    orderId: fc.constantFrom(null, "o"),
    reason: fc.constantFrom(null, "expired", "order_cancelled", "sold_elsewhere"),
    policy: fc.constantFrom("record" as const, "enforce" as const),
  })
  .chain((more) => {
    const { reservationId: named, ...plain } = more;
    return fc.oneof(
      units.map((quantity) => tell.receive(quantity, plain)),
      units.map((quantity) => tell.takeBack(quantity, plain)),
      { weight: 3, arbitrary: units.map((quantity) => tell.sell(quantity, more)) },
      fc.integer({ min: -3, max: 3 }).map((change) => tell.adjust(change, plain)),
      fc.integer({ min: 0, max: 6 }).map((counted) => tell.count(counted, plain)),
      units.map((quantity) => tell.transfer(quantity, plain.locationId === "WH1" ? "WH2" : "WH1", plain)),
      { weight: 3, arbitrary: units.map((quantity) => tell.hold(quantity, named, plain)) },
      {
        weight: 3,
        arbitrary: fc.option(units, { freq: 1 }).map((quantity) => tell.letGo(quantity, named ?? "r1", plain)),
      },
    );
  });

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: told },
  {
    weight: 2,
    arbitrary: fc
      .tuple(reservationId, fc.array(line, { minLength: 1, maxLength: 3 }))
      .map(([id, lines]) => tell.reserve(id, lines)),
  },
  { weight: 1, arbitrary: reservationId.map((id) => tell.commit(id)) },
  { weight: 1, arbitrary: reservationId.map(tell.release) },
  { weight: 1, arbitrary: reservationId.map(tell.expire) },
);

/** A command, perhaps told again at once, alike or with another order. */
const tellings: fc.Arbitrary<Command[]> = fc
  .tuple(command, fc.constantFrom("once", "twice", "twisted"))
  .map(([one, how]) => (how === "once" ? [one] : how === "twice" ? [one, one] : [one, { ...one, orderId: "other" }]));

/** Commands committed together, and the time that passes before them. */
export interface Batch {
  readonly commands: readonly Command[];
  readonly waitMs: number;
}

const batch: fc.Arbitrary<Batch> = fc.record({
  commands: fc.array(tellings, { minLength: 1, maxLength: 4 }).map((commands) => commands.flat()),
  waitMs: fc.constantFrom(0, tell.ttlMs / 4),
});

const enough: Batch = { commands: places.map((one) => tell.receive(20, one)), waitMs: 0 };

/** Up to 40 batches, in half of the histories after stock came in. */
export const history: fc.Arbitrary<Batch[]> = fc
  .tuple(fc.boolean(), fc.array(batch, { minLength: 1, maxLength: 40, size: "max" }))
  .map(([isStocked, batches]) => (isStocked ? [enough, ...batches] : batches));

/** What the model answers to a command at a time. */
export function answerOf(model: StockModel, command: Command, now: number): string {
  switch (command.type) {
    case "RecordEvent":
      return model.tell(command);
    case "Reserve":
      return model.reserve(command, now);
    case "Commit":
      return model.commit(command, now);
    case "Release":
      return model.release(command, now);
    case "Expire":
      return model.expire(command, now);
  }
}
