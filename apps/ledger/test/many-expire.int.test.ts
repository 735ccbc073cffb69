import { until } from "@lastunit/test-support";
import { expect, it } from "vitest";
import { useService } from "./fixtures.ts";
import { connectTo } from "./service.ts";

const its = useService();

const CARTS = 12;
const LINES = 500;

it("releases carts that expire together in batches that others can wait for, not in one", async () => {
  const sku = await its.stocked(CARTS * LINES);
  const lines = Array.from({ length: LINES }, () => ({ sku, location_id: "WH1", quantity: 1 }));
  for (let cart = 0; cart < CARTS; cart += 1) {
    const reserved = await its.ask("POST", "/v1/reservations", {
      reservation_id: `cart-${cart}`,
      lines,
      ttl_seconds: 3_600,
    });
    expect(reserved.status).toBe(201);
  }
  const database = await connectTo(its.databaseUrl);
  try {
    await database.query("update reservation set expires_at = now()");
    await until("all are released", async () => (await its.stockOf(sku)).reserved === 0);
    // Transactions, by who made the row.
    const { rows } = await database.query<{ events: number }>(
      "select count(*)::int as events from event where event_type = 'inventory.release' group by xmin",
    );
    const sizes = rows.map(({ events }) => events);
    expect(sizes.reduce((sum, events) => sum + events)).toBe(CARTS * LINES);
    expect(Math.max(...sizes)).toBeLessThan(2_000 + LINES);
  } finally {
    await database.end();
  }
});
