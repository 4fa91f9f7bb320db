import type { EngineEvent } from '@waterbus/media';
import { type MediaCallName, mediaCalls } from '../calls/media-calls.js';
import type { ForwardingWeights } from '../media-node.js';
import type { Shell } from './shell.js';

/** The forwarding that each sending transport causes, reported only after a possible change. */
export class ForwardingReport {
  private changed = false;

  constructor(private readonly shell: Pick<Shell, 'control'>) {}

  called(name: MediaCallName): void {
    if (mediaCalls[name].changesForwarding) this.changed = true;
  }

  happened({ type }: EngineEvent): void {
    if (type === 'transport.closed' || type === 'producer.closed' || type === 'consumer.closed') this.changed = true;
  }

  /** Undefined if the last report is still true. */
  read(): ForwardingWeights | undefined {
    if (!this.changed) return undefined;
    this.changed = false;
    const weights = new Map<string, number>();
    for (const { transportId, kind, consumers } of this.shell.control((control) => control.forwarding())) {
      weights.set(transportId, (weights.get(transportId) ?? 0) + consumers * WEIGHT[kind]);
    }
    return [...weights];
  }
}

/** Packets cost alike: 50 a second of sound, about 150 of a picture. */
const WEIGHT = { audio: 1, video: 3 };
