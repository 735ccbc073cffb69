const CHECKOUTS = 200;

/**
 * One unit of a SKU arrives, and 200 checkouts want it at the same moment, every other one at the other ledger.
 *
 * @param token a merchant's.
 * @returns how many of them were answered with which status: 201 where the unit was held, 409 where it was refused.
 */
export async function raceForLastUnit(
  urls: readonly [string, string],
  token: string,
  sku: string,
): Promise<{ readonly [status: number]: number }> {
  async function post(url: string, body: object): Promise<number> {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    await response.text();
    return response.status;
  }

  const received = {
    event_id: `received:${sku}`,
    event_type: "inventory.receiving",
    sku,
    location_id: "WH1",
    quantity: 1,
    source: "test",
    timestamp: "2026-03-15T14:22:03.412Z",
  };
  const status = await post(`${urls[0]}/v1/events`, { events: [received] });
  if (status !== 200) throw new Error(`the unit was not received: ${status}`);
  const lines = [{ sku, location_id: "WH1", quantity: 1 }];
  const statuses = await Promise.all(
    Array.from({ length: CHECKOUTS }, (_, n) =>
      post(`${urls[n % 2 === 0 ? 0 : 1]}/v1/reservations`, {
        reservation_id: `${sku}-${n}`,
        lines,
        ttl_seconds: 3_600,
      }),
    ),
  );
  const counts: Record<number, number> = {};
  for (const one of statuses) counts[one] = (counts[one] ?? 0) + 1;
  return counts;
}
