import type { Contender } from "./contender.ts";
import type { Generator } from "./load/generator.ts";
import type { LoadResult } from "./load/load.ts";
import { median, type Check, type Ratio, type Row } from "./report.ts";

/** One run of reservations, and whether the books bear out the answers. */
export interface ReserveRun extends LoadResult {
  readonly clients: number;
  readonly contender: string;
  readonly requests: number;
  readonly accepted: number;
  /** Units granted beyond what there was. */
  readonly oversold: number;
  /** Answers that were neither a yes nor a no. */
  readonly errors: number;
  /** How far the books' reserved units are from the answers'. */
  readonly unaccounted: number;
}

/** Lets the clients reserve the SKUs, one unit at a time, and looks into the books before and after. */
export async function runReserve(
  generator: Generator,
  contender: Contender,
  load: {
    readonly run: string;
    readonly skus: readonly string[];
    /** Of all the SKUs together. */
    readonly units: number;
    readonly clients: number;
    readonly requests: number;
  },
): Promise<ReserveRun> {
  const { run, skus, units, clients, requests } = load;
  const { url, headers } = contender;
  const before = await contender.reserved(skus);
  const result = await generator.run({ url, headers, clients, requests, body: { kind: "reserve", run, skus } });
  const accepted = result.statuses[201] ?? 0;
  const after = await contender.reserved(skus);
  const keepsBooks = before !== null && after !== null;
  return {
    ...result,
    clients,
    requests,
    contender: contender.name,
    accepted,
    oversold: keepsBooks ? Math.max(0, after - units) : 0,
    errors: requests - accepted - (result.statuses[409] ?? 0),
    unaccounted: keepsBooks ? Math.abs(after - before - accepted) : 0,
  };
}

/** The medians of a contender's runs with so many clients. */
export interface ReserveMedians {
  readonly contender: string;
  readonly clients: number;
  readonly attemptsPerSecond: number;
  readonly acceptedPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly oversold: number;
}

export function reserveMedians(runs: readonly ReserveRun[]): ReserveMedians[] {
  const groups = Map.groupBy(runs, (run) => `${run.clients}\0${run.contender}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const of = (value: (run: ReserveRun) => number) => median(group.map(value));
    return {
      contender: first.contender,
      clients: first.clients,
      attemptsPerSecond: of((run) => run.requests / run.seconds),
      acceptedPerSecond: of((run) => (run.acceptedSeconds === 0 ? 0 : run.accepted / run.acceptedSeconds)),
      p50Ms: of((run) => run.p50Ms),
      p99Ms: of((run) => run.p99Ms),
      oversold: group.reduce((sum, run) => sum + run.oversold, 0),
    };
  });
}

export function reserveRow(medians: ReserveMedians): Row {
  return {
    clients: medians.clients,
    server: medians.contender,
    "attempts/s": medians.attemptsPerSecond,
    "accepted/s": medians.acceptedPerSecond,
    "p50 ms": medians.p50Ms,
    "p99 ms": medians.p99Ms,
    oversold: medians.oversold,
  };
}

export function reserveChecks(runs: readonly ReserveRun[]): Check[] {
  const none = (name: string, value: (run: ReserveRun) => number): Check => {
    const wrong = runs.filter((run) => value(run) !== 0).map((run) => `${run.contender}: ${value(run)}`);
    return { name: wrong.length === 0 ? name : `${name} (${wrong.join(", ")})`, ok: wrong.length === 0 };
  };
  return [
    none("nothing oversold", (run) => run.oversold),
    none("every answer a yes or a no", (run) => run.errors),
    none("the books equal the answers", (run) => run.unaccounted),
  ];
}

/** Ours over a baseline's, with so many clients; nothing when that was not measured. */
export function ratioOf(
  medians: readonly ReserveMedians[],
  asked: {
    readonly clients: number;
    readonly over: string;
    readonly of?: "attemptsPerSecond" | "acceptedPerSecond";
    readonly atLeast?: number;
  },
): Ratio[] {
  const { clients, over, of = "attemptsPerSecond", atLeast } = asked;
  const find = (contender: string) =>
    medians.find((one) => one.contender === contender && one.clients === clients)?.[of];
  const [ours, theirs] = [find("lastunit"), find(over)];
  if (ours === undefined || theirs === undefined) return [];
  const what = of === "attemptsPerSecond" ? "attempts/s" : "accepted/s";
  const name = `${what} over ${over}, ${clients} client${clients === 1 ? "" : "s"}`;
  return [{ name, value: ours / theirs, ...(atLeast !== undefined && { goal: { atLeast } }) }];
}
