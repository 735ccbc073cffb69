/** After so long, what was sold counts a third (1/e): so the number is about what is sold in such a time. */
const FADING_SECONDS = 3_600;
/** `exp` of much less is refused as too small. */
const FADED = 50;

/**
 * How much is left, at the time `until`, of a unit sold at the time `since`; SQL.
 *
 * @param since as `until`, SQL of a `timestamptz`.
 */
export function faded(since: string, until: string): string {
  const ages = `extract(epoch from ${until} - ${since})::float8 / ${FADING_SECONDS}`;
  return `exp(-least(greatest(${ages}, 0), ${FADED}))::numeric`;
}

/** Units of its SKU sold in about the last hour, whoever sold them. From `sync_state s`. */
export const SOLD_LATELY = `s.sold_units * ${faded("s.desired_at", "clock_timestamp()")}`;
