/** The ids in so many groups whose sizes differ by one at most. `random` is uniform in [0, 1). */
export function evenly(ids: readonly string[], groups: number, random = Math.random): string[][] {
  const shuffled = [...ids];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return Array.from({ length: groups }, (_, group) => shuffled.filter((_, index) => index % groups === group));
}
