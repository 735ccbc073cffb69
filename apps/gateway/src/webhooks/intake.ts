import type { Logger } from "@lastunit/config";
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

/** Deliveries that one statement stores; more would only make all of them wait longer. */
const AT_ONCE = 50;
/** Statements under way: the database has the next one when it is done with one. */
const UNDER_WAY = 2;

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
    try {
      const stored = await storeDeliveries(
        store,
        batch.map(({ delivery }) => delivery),
      );
      stored.forEach((one, index) => batch[index]?.answer(one));
      announce(stored);
    } catch (error) {
      if (batch.length === 1) return batch[0]?.fail(error);
      // One that can't be stored, as of a channel that is gone, fails none but itself.
      await Promise.all(batch.map((one) => storeAll([one])));
    }
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

/** Takes those that came first. One that is told twice at the same moment is stored before it is counted as told again. */
function takeDistinct(waiting: Waiting[]): Waiting[] {
  const taken = new Map<string, Waiting>();
  const left: Waiting[] = [];
  for (const one of waiting.splice(0)) {
    const key = deliveryKey(one.delivery);
    if (taken.size < AT_ONCE && !taken.has(key)) taken.set(key, one);
    else left.push(one);
  }
  waiting.push(...left);
  return [...taken.values()];
}
