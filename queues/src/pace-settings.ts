/** The documented limit of one bucket: `perSecond` flow back into it up to `burst`. */
export interface PaceLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * A bucket is never believed to hold what flows into it in this time: calls made at even distances arrive at uneven ones,
 * and one that is early must still find room.
 */
const JITTER_SECONDS = 0.25;
/** The shortest step in which a shared bucket is refilled. */
const STEP_MS = 100;
/** A third of a call, three times, is a whole one. */
const ROUNDING = 1e-9;

/** The most that may be spent of a bucket at once. */
export function capacityOf({ perSecond, burst }: PaceLimit): number {
  return Math.max(1, burst - perSecond * JITTER_SECONDS);
}

/** How long an empty bucket takes to be full again, in whole milliseconds. */
export function refillMs({ perSecond, burst }: PaceLimit): number {
  return Math.ceil((burst / perSecond) * 1_000);
}

export interface LimiterSettings {
  readonly minTime: number;
  readonly reservoir: number | null;
  readonly reservoirIncreaseInterval: number | null;
  readonly reservoirIncreaseAmount: number | null;
  readonly reservoirIncreaseMaximum: number | null;
}

/**
 * The bucket as bottleneck knows it: a reservoir that is refilled stepwise. Where a step is too large a part of the
 * bucket's burst for that, calls are spaced evenly instead.
 */
export function limiterSettings(limit: PaceLimit): LimiterSettings {
  const { steps, amount } = wholeSteps((limit.perSecond * STEP_MS) / 1_000);
  // A refill may come the moment after the whole reservoir was spent, so the two together must stay within the burst.
  const reservoir = Math.floor(Math.min(limit.burst - amount, capacityOf(limit)));
  if (reservoir < amount) return spaced(limit.perSecond);
  return {
    minTime: 0,
    reservoir,
    reservoirIncreaseInterval: steps * STEP_MS,
    reservoirIncreaseAmount: amount,
    reservoirIncreaseMaximum: reservoir,
  };
}

function spaced(perSecond: number): LimiterSettings {
  return {
    minTime: Math.ceil(1_000 / perSecond),
    reservoir: null,
    reservoirIncreaseInterval: null,
    reservoirIncreaseAmount: null,
    reservoirIncreaseMaximum: null,
  };
}

/** Redis keeps the reservoir as an integer: takes as many steps as bring whole calls and lose at most a twentieth. */
function wholeSteps(perStep: number) {
  let steps = Math.max(1, Math.ceil(1 / perStep - ROUNDING));
  while (whole(perStep * steps) < 0.95 * perStep * steps) steps += 1;
  return { steps, amount: whole(perStep * steps) };
}

function whole(calls: number): number {
  return Math.floor(calls + ROUNDING);
}
