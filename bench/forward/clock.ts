/** Milliseconds of the machine's monotonic clock, which all processes share; `performance.now()` begins with each. */
export function machineTime(): number {
  return performance.now() + ORIGIN;
}

/** To add to `performance.now()`. Of several readings the closest pair counts: this process may be interrupted between the two. */
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
