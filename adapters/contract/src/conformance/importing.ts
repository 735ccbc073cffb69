import type { ImportedListing, ImportPage } from "../inventory.ts";
import type { ConformanceGroup } from "./case.ts";
import { importAll, importPage } from "./drivers.ts";
import { smallCatalog, type ConformanceListing } from "./harness.ts";

/** Texts that a careless reader turns into a number, a path or a query. */
export const oddSkus = ["1e5", "1.10", "007", "A/B #1+", "50%&co=2", "Größe-42-日本"];

export const oddCatalog: readonly ConformanceListing[] = oddSkus.map((sku, index) => ({ sku, quantity: 3 + index }));

export function importing(catalogSize: number): ConformanceGroup {
  const catalog = Array.from({ length: catalogSize }, (_, index) => ({ sku: `SKU-${index}`, quantity: index % 7 }));

  return {
    about: "importing",
    cases: [
      {
        title: "brings each listing with the quantity buyers see",
        async run(harness, expect) {
          const { listings } = await importAll(harness);
          const seen = listings.map(({ sku, available }) => ({ sku, quantity: available }));
          expect(bySku(seen)).toEqual(bySku(smallCatalog));
          expect(listings.map(({ unsupported }) => unsupported)).toEqual(smallCatalog.map(() => null));
        },
      },
      {
        title: "brings SKUs that look like something else as they are",
        seed: { listings: oddCatalog },
        async run(harness, expect) {
          const { listings } = await importAll(harness);
          const seen = listings.map(({ sku, available }) => ({ sku, quantity: available }));
          expect(bySku(seen)).toEqual(bySku(oddCatalog));
        },
      },
      {
        title: "brings the barcodes",
        seed: { listings: smallCatalog.map((listing, index) => ({ ...listing, barcode: `400638133393${index}` })) },
        async run(harness, expect) {
          const { listings } = await importAll(harness);
          const barcodes = listings.map(({ sku, barcode }) => ({ sku, barcode }));
          expect(bySku(barcodes)).toEqual(
            bySku(smallCatalog.map(({ sku }, index) => ({ sku, barcode: `400638133393${index}` }))),
          );
        },
      },
      {
        title: "brings every listing over several pages with no duplicate, and says before how many it will be",
        seed: { listings: catalog },
        async run(harness, expect) {
          const { listings, pages, totals } = await importAll(harness);
          expect(pages).toBeGreaterThan(1);
          expect(skusOf(listings)).toEqual(bySku(catalog).map(({ sku }) => sku));
          expect(totals.filter((total) => total !== null && total !== catalogSize)).toEqual([]);
        },
      },
      {
        title: "goes on after each page in another process, from nothing but the cursor",
        seed: { listings: catalog },
        async run(harness, expect) {
          const listings: ImportedListing[] = [];
          let cursor: string | null = null;
          for (let page = 1; page === 1 || cursor !== null; page += 1) {
            if (page > catalogSize) throw new Error("the import does not end");
            const session = harness.openSession();
            const { listings: found, next }: ImportPage = await importPage(session, cursor);
            await session.close();
            listings.push(...found);
            cursor = next;
          }
          expect(skusOf(listings)).toEqual(bySku(catalog).map(({ sku }) => sku));
        },
      },
      {
        title: "brings the same page again from the same cursor, for one who died before he stored it",
        seed: { listings: catalog },
        async run(harness, expect) {
          const first = await importPage(harness.session, null);
          const second = await importPage(harness.session, first.next);
          expect(await importPage(harness.session, first.next)).toEqual(second);
        },
      },
    ],
  };
}

function bySku<Item extends { readonly sku: string }>(items: readonly Item[]): readonly Item[] {
  return items.toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
}

function skusOf(listings: readonly ImportedListing[]): readonly string[] {
  return bySku(listings).map(({ sku }) => sku);
}
