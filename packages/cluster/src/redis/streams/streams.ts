import { type DurableStreams, STREAM_CAPACITY, type StreamEntry, type Unsubscribe } from '../../cluster.js';
import { unavailable } from '../connection/unavailable.js';
import type { Member } from '../member.js';
import { writeJson } from '../payload.js';
import type { Seats } from '../seats.js';
import { StreamConsumer } from './stream-consumer.js';
import { appendScript } from './stream-scripts.js';

/** Ordered queues with redelivery (R12), as durable as Redis is. */
export class RedisStreams implements DurableStreams {
  readonly #consumers = new Set<StreamConsumer>();
  #consumerCount = 0;

  constructor(
    private readonly member: Member,
    private readonly seats: Seats,
  ) {}

  async append(stream: string, body: unknown, capacity = STREAM_CAPACITY): Promise<string> {
    this.member.assertOpen();
    const { entries, appended } = this.member.keys.stream(stream);
    const record = this.member.signatures.sealRecord(entries, writeJson(body));
    const id = await this.member.connection.script(appendScript, [entries, appended], [record, String(capacity)]);
    if (id === null) throw unavailable(`Stream ${stream} holds ${capacity} entries`);
    return String(id);
  }

  async consume(stream: string, group: string, handler: (entry: StreamEntry) => Promise<void>): Promise<Unsubscribe> {
    this.member.assertOpen();
    this.#consumerCount += 1;
    const consumer = new StreamConsumer(this.member, this.seats, {
      keys: this.member.keys.stream(stream),
      group,
      holder: `${this.member.id}/${this.#consumerCount}`,
      handler,
    });
    await consumer.open();
    this.#consumers.add(consumer);
    return () => {
      this.#consumers.delete(consumer);
      consumer.stop().catch(() => {});
    };
  }

  /** Leaves the current entries of the consumers here to other members. */
  async close(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.abandon()));
  }

  end(): void {
    for (const consumer of this.#consumers) consumer.end();
    this.#consumers.clear();
  }
}
