/** The documented limit of one bucket: `perSecond` flow back into it up to `burst`. */
export interface PaceLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * How often bottleneck looks whether to refill; an increase interval must be a multiple of it. Clustered, each look is
 * a call to Redis for each bucket; bottleneck's own 5 s would leave an empty bucket unused for as long.
 */
export const REFILL_MS = { local: 250, clustered: 1_000 };

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
export function limiterSettings(limit: PaceLimit, options: { readonly clustered: boolean }): LimiterSettings {
  const { interval, amount } = options.clustered ? wholeSteps(limit.perSecond) : exactSteps(limit.perSecond);
  // A refill may come the moment after the whole reservoir was spent, so the two together must stay within the burst.
  const reservoir = Math.floor(limit.burst - amount);
  if (reservoir < amount) return spaced(limit.perSecond);
  return {
    minTime: 0,
    reservoir,
    reservoirIncreaseInterval: interval,
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

function exactSteps(perSecond: number) {
  return { interval: REFILL_MS.local, amount: (perSecond * REFILL_MS.local) / 1_000 };
}

/** Redis keeps the reservoir as an integer: takes as many steps as bring whole calls and lose at most a twentieth. */
function wholeSteps(perSecond: number) {
  const perStep = (perSecond * REFILL_MS.clustered) / 1_000;
  let steps = Math.max(1, Math.ceil(1 / perStep));
  while (Math.floor(perStep * steps) < 0.95 * perStep * steps) steps += 1;
  return { interval: steps * REFILL_MS.clustered, amount: Math.floor(perStep * steps) };
}
