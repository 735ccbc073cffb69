import { describe, expect, it, vi } from "vitest";
import type { RawRequest } from "../webhooks.ts";
import { accept, subscribe } from "./drivers.ts";
import { useHarness, type ConformanceHarness, type MakeHarness } from "./harness.ts";

export function receiving(make: MakeHarness): void {
  describe("webhooks", () => {
    const harness = useHarness(make);

    it("verifies a genuine delivery and refuses it with one byte altered", async ({ skip }) => {
      if (!harness().adapter.webhooks) skip("the channel sends no webhooks");
      const request = await firstDelivery(harness());
      const genuine = await accept(harness(), request);
      expect(genuine.deliveryId).not.toBe("");
      const refusing = accept(harness(), { ...request, body: withOneByteAltered(request.body) });
      await expect(refusing).rejects.toMatchObject({ name: "WebhookError", reason: "unauthorized" });
    });

    it("refuses a delivery without its headers", async ({ skip }) => {
      if (!harness().adapter.webhooks) skip("the channel sends no webhooks");
      const request = await firstDelivery(harness());
      const refusing = accept(harness(), { ...request, headers: {} });
      await expect(refusing).rejects.toMatchObject({ name: "WebhookError", reason: "unauthorized" });
    });

    it("refuses a delivery signed with another channel's secret", async ({ skip }) => {
      const { adapter, strangersChannel } = harness();
      if (!adapter.webhooks || !strangersChannel) skip("the channel signs with a key of its own");
      const request = await firstDelivery(harness());
      const refusing = adapter.webhooks!.verify(request, strangersChannel!, Date.now());
      await expect(refusing).rejects.toMatchObject({ name: "WebhookError", reason: "unauthorized" });
    });

    it("gives a redelivery the delivery id of the first", async ({ skip }) => {
      if (!harness().adapter.webhooks) skip("the channel sends no webhooks");
      const first = await accept(harness(), await firstDelivery(harness()));
      const before = harness().deliveries().length;
      await harness().redeliver();
      await vi.waitFor(() => expect(harness().deliveries().length).toBeGreaterThan(before));
      const again = await Promise.all(
        harness()
          .deliveries()
          .slice(before)
          .map((request) => accept(harness(), request)),
      );
      expect(again.map(({ deliveryId }) => deliveryId)).toContain(first.deliveryId);
    });
  });
}

async function firstDelivery(harness: ConformanceHarness): Promise<RawRequest> {
  await subscribe(harness);
  await harness.placeOrder([{ sku: "CAP-RED", quantity: 2 }]);
  return await vi.waitFor(() => {
    const [first] = harness.deliveries();
    if (!first) throw new Error("the channel has sent nothing");
    return first;
  });
}

function withOneByteAltered(body: Uint8Array): Uint8Array {
  const altered = Uint8Array.from(body);
  const middle = Math.floor(altered.length / 2);
  altered[middle] = (altered[middle] ?? 0) ^ 1;
  return altered;
}
