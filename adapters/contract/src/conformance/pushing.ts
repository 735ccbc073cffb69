import { describe, expect, it, vi } from "vitest";
import { importRefs, pushAll, update } from "./drivers.ts";
import { callWithin, smallCatalog, useHarness, type ConformanceHarness, type MakeHarness } from "./harness.ts";

const skus = smallCatalog.map(({ sku }) => sku);

export function pushing(make: MakeHarness): void {
  describe("pushing", () => {
    const harness = useHarness(make);

    it("pushes quantities and reads the same back", async () => {
      const refs = await importRefs(harness(), skus);
      const wanted = [0, 12, 3];
      const updates = refs.map((ref, index) => update(harness(), ref, wanted[index] ?? 0));
      expect(await pushAll(harness(), updates)).toEqual(refs.map(() => ({ status: "accepted" })));
      await shows(harness(), { "CAP-RED": 0, "CAP-BLU": 12, "CAP-GRN": 3 });
      const read = await harness().session.readInventory(refs, callWithin());
      expect(read).toMatchObject(wanted.map((available) => ({ status: "read", available })));
    });

    it("shows what was pushed also while an order waits to be shipped", async () => {
      const [ref] = await importRefs(harness(), ["CAP-RED"]);
      await harness().placeOrder([{ sku: "CAP-RED", quantity: 2 }]);
      expect(await pushAll(harness(), [update(harness(), ref!, 6)])).toEqual([{ status: "accepted" }]);
      await shows(harness(), { "CAP-RED": 6 });
    });

    it("answers for each item: one bad item never blocks the others", async () => {
      const [red, blue] = await importRefs(harness(), ["CAP-RED", "CAP-BLU"]);
      const unknown = harness().unknownListing(red!);
      const outcomes = await pushAll(harness(), [
        update(harness(), red!, 1),
        update(harness(), unknown, 1, null),
        update(harness(), blue!, 2),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual([
        "accepted",
        expect.stringMatching(/^(rejected|retry)$/),
        "accepted",
      ]);
      await shows(harness(), { "CAP-RED": 1, "CAP-BLU": 2 });
    });

    it("reads an unknown item as missing, beside the others", async () => {
      const [red] = await importRefs(harness(), ["CAP-RED"]);
      const read = await harness().session.readInventory([harness().unknownListing(red!), red!], callWithin());
      expect(read).toMatchObject([{ status: "missing" }, { status: "read", available: 5 }]);
    });

    it("refuses to overwrite a sale it has not seen, where the channel compares and sets", async ({ skip }) => {
      if (!harness().adapter.capabilities.comparesAndSets) skip("the channel has no compare-and-set");
      const [red] = await importRefs(harness(), ["CAP-RED"]);
      const before = harness().shown("CAP-RED");
      await harness().placeOrder([{ sku: "CAP-RED", quantity: 1 }]);
      const outcomes = await pushAll(harness(), [update(harness(), red!, before + 3, before)]);
      expect(outcomes).toEqual([{ status: "stale", actual: before - 1 }]);
      expect(harness().shown("CAP-RED")).toBe(before - 1);
    });

    it("ends at the right number when the answer to a write was lost and the write is repeated", async () => {
      const [red] = await importRefs(harness(), ["CAP-RED"]);
      const call = callWithin();
      const updates = [update(harness(), red!, 2)];
      harness().fault({ on: "write", effect: { type: "lose_answer" } });
      await expect(harness().session.pushInventory(updates, call)).rejects.toMatchObject({ failure: "unavailable" });
      const repeated = await harness().session.pushInventory(updates, call);
      expect(repeated).toEqual([expect.objectContaining({ status: expect.stringMatching(/^(accepted|stale)$/) })]);
      await shows(harness(), { "CAP-RED": 2 });
    });
  });
}

/** Waits until buyers see these quantities: some channels apply a write after they have answered it. */
async function shows(harness: ConformanceHarness, quantities: { readonly [sku: string]: number }): Promise<void> {
  const shown = () => Object.fromEntries(Object.keys(quantities).map((sku) => [sku, harness.shown(sku)]));
  await vi.waitFor(() => expect(shown()).toEqual(quantities));
}
