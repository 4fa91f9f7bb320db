import type { ForwardedRun } from './forwarded-run.js';

/**
 * A media section that a receiver negotiated once, for whatever is forwarded in it: one consumer
 * follows another, and the receiver sees one unbroken stream. The one before continues until the
 * next one starts.
 */
export class Section<C extends { lastSent(): LastSent }> {
  /** The consumer that sends, and the one that waits for its first packet. */
  current: C | undefined;
  waiting: C | undefined;
  private last: LastSent | undefined;

  constructor(
    readonly mid: string,
    /** The first packet of a consumer is about to leave; the one before has to end. */
    private readonly started: (consumer: C, before: C | undefined) => void,
  ) {}

  /** Its first packet is about to leave. Answers what the section's last consumer has sent. */
  begin(consumer: C): LastSent | undefined {
    const before = this.current;
    this.last = before?.lastSent() ?? this.last;
    this.current = consumer;
    if (this.waiting === consumer) this.waiting = undefined;
    this.started(consumer, before);
    return this.last;
  }

  /** A consumer has ended. */
  leave(consumer: C): void {
    if (this.waiting === consumer) this.waiting = undefined;
    if (this.current !== consumer) return;
    this.last = consumer.lastSent();
    this.current = undefined;
  }
}

/** The last packet of a media section, and the numbers that the next one continues. */
export interface LastSent {
  sequenceNumber: number;
  /** Of the last retransmission. */
  retransmission: number;
  timestamp: number;
  /** Milliseconds. */
  at: number;
  run: ForwardedRun | undefined;
  /** AV1: of the last frame, -1 without. */
  frame: number;
}
