// @ts-check

/**
 * Lets work go on once at a time: whoever asks for it meanwhile gets what is under way.
 *
 * @template Result
 * @param {() => Promise<Result>} work
 * @returns {() => Promise<Result>}
 */
export function oneAtATime(work) {
  /** @type {Promise<Result> | undefined} */
  let underWay;
  return () =>
    (underWay ??= work().finally(() => {
      underWay = undefined;
    }));
}
