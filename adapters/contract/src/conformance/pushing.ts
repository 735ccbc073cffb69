import { given, without, type ConformanceGroup } from "./case.ts";
import { importRef, importRefs, pushAll, shows, update } from "./drivers.ts";
import { callWithin, smallCatalog } from "./harness.ts";
import { oddCatalog, oddSkus } from "./importing.ts";

const skus = smallCatalog.map(({ sku }) => sku);

export const pushing: ConformanceGroup = {
  about: "pushing",
  cases: [
    {
      title: "pushes quantities and reads the same back",
      async run(harness, expect) {
        const refs = await importRefs(harness, skus);
        const wanted = [0, 12, 3];
        const updates = refs.map((ref, index) => update(harness, ref, wanted[index] ?? 0));
        expect(await pushAll(harness, updates)).toEqual(refs.map(() => ({ status: "accepted" })));
        await shows(harness, expect, { "CAP-RED": 0, "CAP-BLU": 12, "CAP-GRN": 3 });
        const read = await harness.session.readInventory(refs, callWithin());
        expect(read).toMatchObject(wanted.map((available) => ({ status: "read", available })));
      },
    },
    {
      title: "pushes and reads listings whose SKUs look like something else",
      seed: { listings: oddCatalog },
      async run(harness, expect) {
        const refs = await importRefs(harness, oddSkus);
        const wanted = oddSkus.map((_, index) => 20 + index);
        const updates = refs.map((ref, index) => update(harness, ref, wanted[index] ?? 0));
        expect(await pushAll(harness, updates)).toEqual(refs.map(() => ({ status: "accepted" })));
        await shows(harness, expect, Object.fromEntries(oddSkus.map((sku, index) => [sku, wanted[index] ?? 0])));
        const read = await harness.session.readInventory(refs, callWithin());
        expect(read).toMatchObject(wanted.map((available) => ({ status: "read", available })));
      },
    },
    {
      title: "shows what was pushed, and reads it back, also while an order waits to be shipped",
      async run(harness, expect) {
        const ref = await importRef(harness, "CAP-RED");
        await harness.placeOrder([{ sku: "CAP-RED", quantity: 2 }]);
        expect(await pushAll(harness, [update(harness, ref, 6)])).toEqual([{ status: "accepted" }]);
        await shows(harness, expect, { "CAP-RED": 6 });
        const [read] = await harness.session.readInventory([ref], callWithin());
        expect(read).toMatchObject({ status: "read", available: 6 });
      },
    },
    {
      title: "tells the units sold and not shipped where the channel's number includes them",
      ...without(
        ({ adapter }) => adapter.capabilities.quantityBasis === "includes_unshipped",
        "the channel's number is what buyers can buy",
      ),
      async run(harness, expect) {
        const ref = await importRef(harness, "CAP-RED");
        await harness.placeOrder([{ sku: "CAP-RED", quantity: 2 }]);
        const [read] = await harness.session.readInventory([ref], callWithin());
        expect(read).toEqual({ status: "read", available: 3, reserved: 2 });
      },
    },
    {
      title: "shows what was pushed once an order has been shipped",
      async run(harness, expect) {
        const ref = await importRef(harness, "CAP-RED");
        const { orderId } = await harness.placeOrder([{ sku: "CAP-RED", quantity: 2 }]);
        await harness.ship(orderId);
        expect(await pushAll(harness, [update(harness, ref, 6)])).toEqual([{ status: "accepted" }]);
        await shows(harness, expect, { "CAP-RED": 6 });
      },
    },
    {
      title: "answers for each item: one bad item never blocks the others",
      async run(harness, expect) {
        const [red, blue] = await Promise.all([importRef(harness, "CAP-RED"), importRef(harness, "CAP-BLU")]);
        const unknown = harness.unknownListing(red);
        const outcomes = await pushAll(harness, [
          update(harness, red, 1),
          update(harness, unknown, 1, null),
          update(harness, blue, 2),
        ]);
        expect(outcomes.map(({ status }) => status)).toEqual([
          "accepted",
          expect.stringMatching(/^(rejected|retry)$/),
          "accepted",
        ]);
        await shows(harness, expect, { "CAP-RED": 1, "CAP-BLU": 2 });
      },
    },
    {
      title: "reads an unknown item as missing, beside the others",
      async run(harness, expect) {
        const red = await importRef(harness, "CAP-RED");
        const read = await harness.session.readInventory([harness.unknownListing(red), red], callWithin());
        expect(read).toMatchObject([{ status: "missing" }, { status: "read", available: 5 }]);
      },
    },
    {
      title: "refuses to overwrite a sale it has not seen, where the channel compares and sets, and writes the others",
      ...without(({ adapter }) => adapter.capabilities.comparesAndSets, "the channel has no compare-and-set"),
      async run(harness, expect) {
        const [red, blue] = await importRefs(harness, ["CAP-RED", "CAP-BLU"]);
        const before = harness.shown("CAP-RED");
        await harness.placeOrder([{ sku: "CAP-RED", quantity: 1 }]);
        const updates = [update(harness, given(red), before + 3, before), update(harness, given(blue), 1)];
        expect(await pushAll(harness, updates)).toEqual([
          { status: "stale", actual: before - 1 },
          { status: "accepted" },
        ]);
        await shows(harness, expect, { "CAP-RED": before - 1, "CAP-BLU": 1 });
      },
    },
    {
      title: "says stale also where a sale it has not seen brought the channel to the very number that is wanted",
      ...without(({ adapter }) => adapter.capabilities.comparesAndSets, "the channel has no compare-and-set"),
      async run(harness, expect) {
        const red = await importRef(harness, "CAP-RED");
        const before = harness.shown("CAP-RED");
        await harness.placeOrder([{ sku: "CAP-RED", quantity: 1 }]);
        const outcomes = await pushAll(harness, [update(harness, red, before - 1, before)]);
        expect(outcomes).toEqual([{ status: "stale", actual: before - 1 }]);
      },
    },
    {
      title: "ends at the right number when the answer to a write was lost and the write is repeated",
      async run(harness, expect) {
        const red = await importRef(harness, "CAP-RED");
        const call = callWithin();
        const updates = [update(harness, red, 2)];
        harness.fault({ on: "write", effect: { type: "lose_answer" } });
        await expect(harness.session.pushInventory(updates, call)).rejects.toMatchObject({ failure: "unavailable" });
        const repeated = await harness.session.pushInventory(updates, call);
        expect(repeated).toEqual([expect.objectContaining({ status: expect.stringMatching(/^(accepted|stale)$/) })]);
        await shows(harness, expect, { "CAP-RED": 2 });
      },
    },
  ],
};
