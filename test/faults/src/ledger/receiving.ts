/** Units that arrived at a location: one of LAMP at WH1 unless told otherwise. */
export function receiving(eventId: string, told: { readonly sku?: string; readonly quantity?: number } = {}) {
  return {
    event_id: eventId,
    event_type: "inventory.receiving" as const,
    sku: "LAMP",
    location_id: "WH1",
    quantity: 1,
    source: "test",
    timestamp: "2026-03-15T14:22:03.412Z",
    ...told,
  };
}
