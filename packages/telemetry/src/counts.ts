/** Counts events by kind; the kinds come from a bounded set. */
export class Counts<K extends string> {
  private readonly counts = new Map<K, number>();

  add(kind: K, by = 1): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + by);
  }

  /** Since the start; kinds that never happened are left out. */
  read(): Partial<Record<K, number>> {
    return Object.fromEntries(this.counts) as Partial<Record<K, number>>;
  }
}
