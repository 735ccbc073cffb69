import { currentPosition } from "@lastunit/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Night } from "./night.ts";
import { startNight } from "./night.ts";
import { startQueueOutage } from "./queue-outage.ts";

const SKUS = ["LAMP", "MUG 11oz (white)", "TEE-XL"] as const;
const [LAMP, MUG, TEE] = SKUS;

describe.each(["redis", "postgres"] as const)(
  "a night in which the jobs in %s are lost",
  { timeout: 300_000 },
  (backend) => {
    let night: Night;
    beforeAll(async () => {
      night = await startNight(backend, SKUS);
    });
    afterAll(() => night?.stop());

    it("loses no change that the ledger acknowledged while the hub had not followed it yet", async () => {
      const { deployment } = night;
      const hub = deployment.part("hub");
      hub.pause();
      const before = await currentPosition(night.store);
      await night.sellAtTill(LAMP);
      await hub.kill();
      expect(await currentPosition(night.store)).toBe(before);
      await (await startQueueOutage(night)).endEmpty();
      await deployment.start("hub");
      await night.converged();
    });

    it("ends at the ledger's numbers when the hub is killed between commit and enqueue, every job is wiped, and every webhook comes three times more", async () => {
      const { deployment, ledger, store } = night;
      const worker = deployment.part("worker");
      // Paused first, so that it takes none of the jobs that are about to be lost.
      worker.pause();
      const outage = await startQueueOutage(night);
      const taken = night.ordersTaken();
      for (const shop of night.shops) await night.buy(shop, MUG);
      await deployment.until("three webhooks are stored", () => night.ordersTaken() === taken + 3);
      await night.sellAtTill(TEE);
      const { next } = await ledger.events(0, { limit: 5_000 });
      await deployment.until(
        "the hub has committed what it must enqueue",
        async () => (await currentPosition(store)) === next,
      );
      await deployment.part("hub").kill();
      await outage.endEmpty();
      worker.resume();
      await deployment.start("hub");
      await night.converged();

      const before = await night.log();
      const { sent, failed } = await night.redeliver(3);
      expect({ failed, wasRedelivered: sent >= 3 * night.shops.length }).toEqual({ failed: 0, wasRedelivered: true });
      // Each channel's next sale is told after the copies: when it has arrived, they have.
      for (const shop of night.shops) await night.buy(shop, LAMP);
      await night.converged();
      const after = await night.log();
      expect(after.slice(0, before.length)).toEqual(before);
      const added = after.slice(before.length);
      expect(added.map(({ event_type, sku, source }) => `${event_type} ${sku} ${source}`).toSorted()).toEqual(
        night.shops.map(({ simulator }) => `inventory.sale ${LAMP} ${simulator.kind}`).toSorted(),
      );
      expect(await ledger.audit()).toMatchObject({ events: after.length, mismatches: [] });
    });

    it("comes back by itself when the jobs' server is killed under load", async () => {
      const server = night.redis ?? night.postgres;
      const rush = Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          await night.checkout(`rush-${index}`, TEE);
          for (const shop of night.shops) if (index < 4) await night.buy(shop, TEE);
        }),
      );
      await server.kill();
      await server.restart();
      await rush;
      expect(await night.redeliver(1)).toMatchObject({ failed: 0 });
      await night.converged();
      expect((await night.ledger.audit()).mismatches).toEqual([]);
    });
  },
);
