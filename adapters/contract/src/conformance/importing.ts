import { describe, expect, it } from "vitest";
import { importAll } from "./drivers.ts";
import { smallCatalog, useHarness, type ConformanceLine, type MakeHarness } from "./harness.ts";

export function importing(make: MakeHarness, catalogSize: number): void {
  describe("importing", () => {
    const harness = useHarness(make);

    it("brings each listing with the quantity buyers see", async () => {
      const { listings } = await importAll(harness());
      const seen = listings.map(({ sku, available }) => ({ sku, quantity: available }));
      expect(bySku(seen)).toEqual(bySku(smallCatalog));
      expect(listings.map(({ unsupported }) => unsupported)).toEqual(smallCatalog.map(() => null));
    });
  });

  describe("importing a larger catalog", () => {
    const catalog = Array.from({ length: catalogSize }, (_, index) => ({ sku: `SKU-${index}`, quantity: index % 7 }));
    const harness = useHarness(make, { listings: catalog });

    it("brings every listing over several pages with no duplicate", async () => {
      const { listings, pages } = await importAll(harness());
      expect(pages).toBeGreaterThan(1);
      expect(bySku(listings).map(({ sku }) => sku)).toEqual(bySku(catalog).map(({ sku }) => sku));
    });
  });
}

function bySku<Item extends Pick<ConformanceLine, "sku">>(items: readonly Item[]): readonly Item[] {
  return items.toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
}
