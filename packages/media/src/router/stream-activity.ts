import type { Consumer } from './consumer.js';

/** Who takes one stream of a producer. Lists are replaced, never changed, because packets are on their way along them. */
export class StreamActivity {
  /** Consumers that get its packets. */
  forwarding: readonly Consumer[] = [];
  /** Consumers that start with its next key frame. */
  waiting: readonly Consumer[] = [];

  add(consumer: Consumer, list: 'forwarding' | 'waiting'): void {
    this[list] = [...this[list], consumer];
  }

  remove(consumer: Consumer, list: 'forwarding' | 'waiting'): void {
    this[list] = this[list].filter((other) => other !== consumer);
  }
}
