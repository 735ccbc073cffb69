import type { TestPostgres } from "@lastunit/test-support";
import type { Generator } from "./load/generator.ts";
import type { Report } from "./report.ts";

/** What a benchmark runs on and how large it is. */
export interface Ground {
  readonly postgres: TestPostgres;
  readonly generator: Generator;
  readonly size: Size;
  /** Tells how far it is. */
  readonly progress: (words: string) => void;
}

export interface Size {
  /** A few seconds in all: shows that the benchmark works, its numbers mean nothing. */
  readonly isQuick: boolean;
  /** How often everything is measured; medians are reported. */
  readonly rounds: number;
  /** Clients at once, for the benchmarks that vary them. */
  readonly clients: readonly number[];
  /** Events in the log, for the benchmarks that grow it. */
  readonly events: readonly number[];
}

export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  /** What `size` is unless the command line says otherwise. */
  readonly usual: Omit<Size, "isQuick">;
  readonly quick: Omit<Size, "isQuick">;
  run(ground: Ground): Promise<Report>;
}
