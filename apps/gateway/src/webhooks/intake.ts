import type { Logger } from "@lastunit/config";
import { isDatabaseAway } from "@lastunit/config/postgres";
import type { Queues } from "@lastunit/queues";
import { deliveryKey, storeDeliveries, type NewDelivery, type Stored } from "@lastunit/store";
import type { Pool } from "pg";

/** Brings verified deliveries into the inbox, and tells the worker of them. */
export interface Intake {
  /** Resolves once the delivery is stored durably. @throws what `storeDeliveries` throws for it. */
  store(delivery: NewDelivery): Promise<Stored>;
}

interface Waiting {
  readonly delivery: NewDelivery;
  answer(stored: Stored): void;
  fail(reason: unknown): void;
}

/** Deliveries that one statement stores, and bytes of their bodies; more would only make all of them wait longer. */
const AT_ONCE = 50;
const BYTES_AT_ONCE = 4 * 1024 * 1024;
/** Statements under way: the database has the next one when it is done with one, and one that waits for a locked row stops no other. */
const UNDER_WAY = 4;

/**
 * What comes in while statements are under way is the next one: in a rush a delivery costs the database a fraction of a
 * commit, and when nothing else comes it waits for nobody.
 */
export function createIntake(options: {
  readonly store: Pool;
  readonly queues: Pick<Queues, "enqueueInbound">;
  readonly log: Logger;
}): Intake {
  const { store, queues, log } = options;
  const waiting: Waiting[] = [];
  let underWay = 0;

  function begin(): void {
    while (underWay < UNDER_WAY && waiting.length > 0) {
      underWay += 1;
      void storeAll(takeDistinct(waiting)).finally(() => {
        underWay -= 1;
        begin();
      });
    }
  }

  async function storeAll(batch: readonly Waiting[]): Promise<void> {
    let stored: readonly Stored[];
    try {
      stored = await storeDeliveries(
        store,
        batch.map(({ delivery }) => delivery),
      );
    } catch (error) {
      return failed(batch, error);
    }
    stored.forEach((one, index) => batch[index]?.answer(one));
    announce(stored);
  }

  async function failed(batch: readonly Waiting[], error: unknown): Promise<void> {
    if (isDatabaseAway(error)) {
      // Who waits would be told the same, but later: a sender comes again.
      for (const one of [...batch, ...waiting.splice(0)]) one.fail(error);
    } else if (batch.length === 1) batch[0]?.fail(error);
    // One that can't be stored, as of a channel that is gone, fails none but itself.
    else await Promise.all(batch.map((one) => storeAll([one])));
  }

  /** Stored is what counts: if the queue is away, the hub's sweep finds the deliveries in the inbox. */
  function announce(stored: readonly Stored[]): void {
    const inboxIds = stored.flatMap(({ inboxId, duplicate }) => (duplicate ? [] : [inboxId]));
    if (inboxIds.length === 0) return;
    queues.enqueueInbound(inboxIds).catch((error: unknown) => {
      log.warn({ err: error, deliveries: inboxIds.length }, "deliveries wait for the sweep");
    });
  }

  return {
    store(delivery) {
      return new Promise((answer, fail) => {
        waiting.push({ delivery, answer, fail });
        begin();
      });
    },
  };
}

/** Takes those that came first. One that is told twice waits: PostgreSQL refuses a statement that counts what it stores itself. */
function takeDistinct(waiting: Waiting[]): Waiting[] {
  const taken = new Map<string, Waiting>();
  const again: Waiting[] = [];
  let bytes = 0;
  let looked = 0;
  for (const one of waiting) {
    if (taken.size === AT_ONCE || bytes >= BYTES_AT_ONCE) break;
    looked += 1;
    const key = deliveryKey(one.delivery);
    if (taken.has(key)) again.push(one);
    else {
      taken.set(key, one);
      bytes += one.delivery.body.byteLength;
    }
  }
  waiting.splice(0, looked, ...again);
  return [...taken.values()];
}
