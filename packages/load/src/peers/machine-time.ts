/**
 * Milliseconds of the machine's monotonic clock, shared by all processes; `performance.now()`
 * starts with each process.
 */
export function machineTime(): number {
  return performance.now() + ORIGIN;
}

/**
 * The difference to `performance.now()`. The closest pair of several readings counts, because the
 * process may be interrupted between two.
 */
export const ORIGIN = (() => {
  let [origin, closest] = [0, Number.POSITIVE_INFINITY];
  for (let reading = 0; reading < 100; reading += 1) {
    const before = performance.now();
    const machine = Number(process.hrtime.bigint()) / 1e6;
    const after = performance.now();
    if (after - before >= closest) continue;
    closest = after - before;
    origin = machine - (before + after) / 2;
  }
  return origin;
})();
