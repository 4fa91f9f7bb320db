import type { Clock, DurableStreams } from '@waterbus/cluster';

/**
 * Appends records to a durable stream, one after the other and in order. While the stream is
 * unreachable or full they are kept, up to a number, and retried.
 */
export class RecordWriter<T> {
  private readonly waiting: T[] = [];
  private busy = false;
  private written: Promise<void> = Promise.resolve();

  constructor(
    private readonly to: {
      streams: DurableStreams;
      clock: Clock;
      stream: string;
      /** Entries of the stream; default: `STREAM_CAPACITY`. */
      capacity?: number;
      mostWaiting: number;
      dropped: (record: T) => void;
      failed: (error: unknown, waiting: number) => void;
    },
  ) {}

  add(record: T): void {
    if (this.waiting.length >= this.to.mostWaiting) {
      this.to.dropped(record);
      return;
    }
    this.waiting.push(record);
    this.write();
  }

  /** Resolves when all added records are in the stream, or cannot be appended for now. */
  async flush(): Promise<void> {
    await this.written;
  }

  private write(): void {
    if (this.busy) return;
    this.busy = true;
    this.written = this.append();
  }

  private async append(): Promise<void> {
    const { streams, clock, stream, capacity, failed } = this.to;
    for (let record = this.waiting[0]; record; record = this.waiting[0]) {
      try {
        await streams.append(stream, record, capacity);
        this.waiting.shift();
      } catch (error) {
        failed(error, this.waiting.length);
        clock.after(RETRY_DELAY, () => this.write());
        break;
      }
    }
    this.busy = false;
  }
}

/** Milliseconds. */
const RETRY_DELAY = 1000;
