/**
 * Begins to count; what it returns tells how many milliseconds have passed. They pass also while this process is stopped, or
 * its machine: a timer that is due by then has not fired yet when the code goes on.
 */
export function startStopwatch(): () => number {
  const wall = Date.now();
  const steady = performance.now();
  // The steady clock stops with the machine, the wall clock may be set back.
  return () => Math.max(Date.now() - wall, performance.now() - steady);
}
