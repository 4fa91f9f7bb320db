import type { Entry } from '../history.js';
import type { BrokenRule } from './broken-rule.js';

/**
 * R2 in the SDK's events: each client receives one join for a participant, then one leave. A
 * participant that stayed is never shown as having left, and one that left does not return. Only
 * participants whose node was lost (R4) are shown as having left although they stay, once for each
 * loss, and may return.
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

/** One client, and the events about the others that it received. */
class Viewer {
  readonly #shown = new Set<string>();
  readonly #gone = new Set<string>();
  /** Leaves because of a lost node, by participant. */
  readonly #lost = new Map<string, number>();
  readonly #broken: BrokenRule[] = [];
  #participantId: string | undefined;
  #view: string[] | undefined;

  constructor(
    private readonly client: string,
    private readonly stayed: ReadonlySet<string>,
    /** Losses so far, by participant. */
    private readonly losses: ReadonlyMap<string, number>,
  ) {}

  take(entry: Extract<Entry, { client: string }>): void {
    if (entry.type === 'joined') this.#joined(entry.participantId);
    else if (entry.type === 'left') this.#left(entry.participantId, entry.reason);
    else if (entry.type === 'view') this.#view = entry.participants.map(({ id }) => id);
    else if (entry.type === 'snapshot') this.#participantId = entry.participantId ?? this.#participantId;
  }

  /** Compares the sum of the events with the final view. */
  close(): BrokenRule[] {
    if (this.#view && this.#participantId && this.stayed.has(this.#participantId)) {
      for (const id of this.#view)
        if (!this.#shown.has(id)) this.#report(`shows ${id} and did not receive its joining`);
      for (const id of this.#shown) if (!this.#view.includes(id)) this.#report(`did not receive the leaving of ${id}`);
    }
    return this.#broken;
  }

  #joined(id: string): void {
    if (this.#shown.has(id)) this.#report(`received the joining of ${id} twice`);
    if (this.#gone.has(id)) this.#report(`received the joining of ${id} after its leaving`);
    this.#shown.add(id);
  }

  #left(id: string, reason: string): void {
    if (!this.#shown.delete(id)) this.#report(`received the leaving of ${id}, which it did not show`);
    const times = (this.#lost.get(id) ?? 0) + 1;
    if (reason === 'node-lost' && times <= (this.losses.get(id) ?? 0)) {
      this.#lost.set(id, times);
      return;
    }
    this.#gone.add(id);
    if (this.stayed.has(id)) this.#report(`received the leaving of ${id} (${reason}), which stayed`);
  }

  #report(what: string): void {
    this.#broken.push({ rule: 'R2', what: `${this.client} ${what}` });
  }
}
