import type { Entry } from '../history.js';
import type { BrokenRule } from './broken-rule.js';

/**
 * R2 as people see it: each is told once that somebody came, once that they left, and in that order; nobody who stayed was ever shown as having left,
 * and nobody who left comes back. Only those whose node was lost while they stayed (R4) are told to have left, once for each loss, and may come back.
 */
export function checkComings(entries: readonly Entry[]): BrokenRule[] {
  const stayed = new Set(entries.flatMap((entry) => (entry.type === 'final' ? entry.present : [])));
  const losses = new Map<string, number>();
  const viewers = new Map<string, Viewer>();
  for (const entry of entries) {
    if (entry.type === 'lost') {
      for (const id of entry.participantIds) losses.set(id, (losses.get(id) ?? 0) + 1);
    } else if ('client' in entry) {
      const viewer = viewers.get(entry.client) ?? new Viewer(entry.client, stayed, losses);
      viewers.set(entry.client, viewer);
      viewer.take(entry);
    }
  }
  return [...viewers.values()].flatMap((viewer) => viewer.close());
}

/** One client, and what it was told of the others. */
class Viewer {
  readonly #shown = new Set<string>();
  readonly #gone = new Set<string>();
  /** How often each was told to have left because of its node. */
  readonly #lost = new Map<string, number>();
  readonly #broken: BrokenRule[] = [];
  #participantId: string | undefined;
  #view: string[] | undefined;

  constructor(
    private readonly client: string,
    private readonly stayed: ReadonlySet<string>,
    /** How often each was lost so far. */
    private readonly losses: ReadonlyMap<string, number>,
  ) {}

  take(entry: Extract<Entry, { client: string }>): void {
    if (entry.type === 'joined') this.#joined(entry.participantId);
    else if (entry.type === 'left') this.#left(entry.participantId, entry.reason);
    else if (entry.type === 'view') this.#view = entry.participants.map(({ id }) => id);
    else if (entry.type === 'snapshot') this.#participantId = entry.participantId ?? this.#participantId;
  }

  /** What it was told adds up to what it shows in the end. */
  close(): BrokenRule[] {
    if (this.#view && this.#participantId && this.stayed.has(this.#participantId)) {
      for (const id of this.#view) if (!this.#shown.has(id)) this.#say(`shows ${id} and was not told that it came`);
      for (const id of this.#shown) if (!this.#view.includes(id)) this.#say(`was not told that ${id} left`);
    }
    return this.#broken;
  }

  #joined(id: string): void {
    if (this.#shown.has(id)) this.#say(`was told twice that ${id} came`);
    if (this.#gone.has(id)) this.#say(`was told that ${id} came back, who had left`);
    this.#shown.add(id);
  }

  #left(id: string, reason: string): void {
    if (!this.#shown.delete(id)) this.#say(`was told that ${id} left, whom it did not show`);
    const times = (this.#lost.get(id) ?? 0) + 1;
    if (reason === 'node-lost' && times <= (this.losses.get(id) ?? 0)) {
      this.#lost.set(id, times);
      return;
    }
    this.#gone.add(id);
    if (this.stayed.has(id)) this.#say(`was told that ${id} left (${reason}), who stayed`);
  }

  #say(what: string): void {
    this.#broken.push({ rule: 'R2', what: `${this.client} ${what}` });
  }
}
