import type { RawRequest } from "../webhooks.ts";
import { given, without, type ConformanceGroup } from "./case.ts";
import { accept, eventually, subscribe } from "./drivers.ts";
import type { ConformanceHarness } from "./harness.ts";

const webhooks = without(({ adapter }) => adapter.webhooks, "the channel sends no webhooks");
const refused = { name: "WebhookError", reason: "unauthorized" };
const DAY_MS = 86_400_000;

export const receiving: ConformanceGroup = {
  about: "webhooks",
  cases: [
    {
      title: "verifies a genuine delivery and refuses it with one byte altered",
      ...webhooks,
      async run(harness, expect) {
        const request = await nextDelivery(harness);
        const genuine = await accept(harness, request);
        expect(genuine.deliveryId).not.toBe("");
        const refusing = accept(harness, { ...request, body: withOneByteAltered(request.body) });
        await expect(refusing).rejects.toMatchObject(refused);
      },
    },
    {
      title: "refuses a delivery without its headers",
      ...webhooks,
      async run(harness, expect) {
        const request = await nextDelivery(harness);
        await expect(accept(harness, { ...request, headers: {} })).rejects.toMatchObject(refused);
      },
    },
    {
      title: "refuses a delivery signed with another channel's secret",
      skip: ({ adapter, strangersChannel }) =>
        adapter.webhooks && strangersChannel ? undefined : "the channel signs with a key of its own",
      async run(harness, expect) {
        const request = await nextDelivery(harness);
        const refusing = given(harness.adapter.webhooks).verify(request, given(harness.strangersChannel), Date.now());
        await expect(refusing).rejects.toMatchObject(refused);
      },
    },
    {
      title: "gives a redelivery the delivery id of the first",
      ...webhooks,
      async run(harness, expect) {
        const first = await accept(harness, await nextDelivery(harness));
        const before = harness.deliveries().length;
        await harness.redeliver();
        await eventually(() => expect(harness.deliveries().length).toBeGreaterThan(before));
        const again = await Promise.all(
          harness
            .deliveries()
            .slice(before)
            .map((request) => accept(harness, request)),
        );
        expect(again.map(({ deliveryId }) => deliveryId)).toContain(first.deliveryId);
      },
    },
    {
      title: "makes a replay of yesterday's delivery harmless: refused as stale, or known by its delivery id",
      ...webhooks,
      async run(harness, expect) {
        const request = await nextDelivery(harness);
        const { deliveryId } = await accept(harness, request);
        const replayed = await accept(harness, request, Date.now() + DAY_MS).then(
          (delivery) => delivery.deliveryId,
          (error: unknown) => error,
        );
        expect([deliveryId, expect.objectContaining(refused)]).toContainEqual(replayed);
      },
    },
    {
      title: "verifies deliveries signed with the old key and with the new one while the channel changes it",
      skip: ({ adapter, rotateSigning }) =>
        adapter.webhooks && rotateSigning ? undefined : "the channel's signing key does not change here",
      async run(harness, expect) {
        const before = await nextDelivery(harness);
        await accept(harness, before);
        await given(harness.rotateSigning)();
        const after = await nextDelivery(harness);
        expect((await accept(harness, after)).deliveryId).not.toBe("");
        expect((await accept(harness, before)).deliveryId).not.toBe("");
        const forged = accept(harness, { ...after, body: withOneByteAltered(after.body) });
        await expect(forged).rejects.toMatchObject(refused);
      },
    },
  ],
};

/** What the channel sends of an order that is placed now. */
async function nextDelivery(harness: ConformanceHarness): Promise<RawRequest> {
  await subscribe(harness);
  const before = harness.deliveries().length;
  await harness.placeOrder([{ sku: "CAP-RED", quantity: 1 }]);
  return await eventually(() => {
    const next = harness.deliveries()[before];
    if (!next) throw new Error("the channel has sent nothing");
    return next;
  });
}

function withOneByteAltered(body: Uint8Array): Uint8Array {
  const altered = Uint8Array.from(body);
  const middle = Math.floor(altered.length / 2);
  altered[middle] = (altered[middle] ?? 0) ^ 1;
  return altered;
}
