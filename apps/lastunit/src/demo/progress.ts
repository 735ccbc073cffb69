import { createLogUpdate } from "log-update";
import type { SaleCount } from "./sale.ts";
import type { Convergence } from "./settle.ts";

/** Shows the sale live on a terminal; elsewhere a line a stage. */
export interface Progress {
  /** Whether anybody sees `show`. */
  readonly isLive: boolean;
  stage(title: string): void;
  show(count: SaleCount, convergence: Convergence): void;
  done(): void;
}

export function createProgress(stream: NodeJS.WriteStream): Progress {
  const started = performance.now();
  const render = createLogUpdate(stream);
  let current = "";
  const elapsed = () => `${((performance.now() - started) / 1_000).toFixed(1).padStart(5)} s`;

  return {
    isLive: stream.isTTY,
    stage(title) {
      if (stream.isTTY) render.done();
      current = title;
      stream.write(`${elapsed()}  ${title}\n`);
    },
    show(count, convergence) {
      const bars = [...convergence.byKind].map(
        ([kind, { listings, inSync }]) =>
          `         ${kind.padEnd(8)} ${bar(inSync / listings)} ${inSync}/${listings} in sync`,
      );
      render(
        [
          `${elapsed()}  ${current}  checkouts ${count.attempted} (held ${count.held}, refused ${count.refused})  channel orders ${count.channelOrders}`,
          ...bars,
        ].join("\n"),
      );
    },
    done() {
      if (stream.isTTY) render.done();
    },
  };
}

function bar(share: number): string {
  const width = 24;
  const full = Math.round(share * width);
  return "█".repeat(full) + "░".repeat(width - full);
}
