import type { SourceConsumer } from './consumer-source.js';

/**
 * The consumers of one stream of a producer. Lists are replaced, never changed, because a packet
 * may be on its way along a list.
 */
export class StreamActivity {
  /** Consumers that get its packets. */
  forwarding: readonly SourceConsumer[] = [];
  /** Consumers that start with its next key frame. */
  waiting: readonly SourceConsumer[] = [];

  add(consumer: SourceConsumer, list: 'forwarding' | 'waiting'): void {
    this[list] = [...this[list], consumer];
  }

  remove(consumer: SourceConsumer, list: 'forwarding' | 'waiting'): void {
    this[list] = this[list].filter((other) => other !== consumer);
  }
}
