import { CodedError } from '@waterbus/protocol';
import { REDELIVERY_PAUSE, type StreamEntry, type Unsubscribe } from '../../cluster.js';
import type { Keys } from '../keys.js';
import type { Member } from '../member.js';
import { readJson } from '../payload.js';
import type { Seats } from '../seats.js';
import { nextScript } from './stream-scripts.js';

export interface StreamConsumerOptions {
  keys: ReturnType<Keys['stream']>;
  group: string;
  /** Holder of the group's seat: unique for each consumer. */
  holder: string;
  handler: (entry: StreamEntry) => Promise<void>;
}

/**
 * One consumer of a group: takes the group's seat when it is free, and then one entry after the
 * other.
 */
export class StreamConsumer {
  readonly #seat: string;
  #unsubscribe: Unsubscribe = () => {};
  #running = false;
  #again = false;
  #stopped = false;
  #ended = false;
  #done = '';
  #cancelWait: (() => void) | undefined;

  constructor(
    private readonly member: Member,
    private readonly seats: Seats,
    private readonly options: StreamConsumerOptions,
  ) {
    this.#seat = options.keys.seat(options.group);
  }

  async open(): Promise<void> {
    const wake = () => this.#wake();
    this.#unsubscribe = await this.member.connection.subscribe(this.options.keys.appended, {
      message: wake,
      gap: wake,
    });
    this.#wake();
  }

  /** Finishes the current entry. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    if (!this.#running) await this.#leave();
  }

  /** Leaves the current entry to another consumer. */
  async abandon(): Promise<void> {
    this.end();
    await this.#leave();
  }

  end(): void {
    this.#stopped = true;
    this.#ended = true;
    this.#unsubscribe();
    this.#cancelWait?.();
  }

  #wake(): void {
    this.#again = true;
    if (this.#running || this.#stopped) return;
    this.#running = true;
    this.#cancelWait?.();
    this.#run()
      .catch((error) => {
        // While Redis is away the connection reports it.
        if (error instanceof CodedError) return;
        this.member.logger.warn({ error: String(error), group: this.options.group }, 'A stream cannot be read');
      })
      .finally(() => {
        this.#running = false;
        if (this.#ended) return;
        if (this.#stopped) this.#leave().catch(() => {});
        // A message can be lost, or a seat become free: poll from time to time.
        else this.#cancelWait = this.member.clock.after(this.#again ? 0 : POLL_INTERVAL, () => this.#wake());
      });
  }

  async #run(): Promise<void> {
    const { keys, group, holder } = this.options;
    // The last entry is marked done also after `stop`.
    while (!this.#stopped || this.#done !== '') {
      this.#again = false;
      const done = this.#done;
      const reply = await this.member.connection.script(nextScript, [keys.entries, this.#seat], [group, holder, done]);
      if (this.#ended) return;
      this.#done = '';
      const [type, id, body] = Array.isArray(reply) ? reply.map(String) : [];
      if (type === 'held' && (await this.seats.takeFrom(this.#seat, holder, id ?? ''))) continue;
      if (type !== 'entry' || id === undefined) {
        if (this.#again) continue;
        return;
      }
      if (this.#stopped) return;
      if (await this.#handle(id, body ?? '')) this.#done = id;
      else if (!(await this.#letOthersTry())) return;
      if (this.#ended) return;
    }
  }

  /** An entry without a member's signature is done at once: it must not block later entries. */
  async #handle(id: string, text: string): Promise<boolean> {
    const { signatures, tally } = this.member;
    const record = signatures.openRecord(this.options.keys.entries, text);
    const body = 'payload' in record ? readJson(record.payload) : undefined;
    if (body === undefined) {
      tally.count('messagesForged', { entry: id, fault: 'fault' in record ? record.fault : 'unreadable' });
      return true;
    }
    try {
      await this.options.handler({ id, body });
      return true;
    } catch {
      return false;
    }
  }

  /**
   * After the pause another waiting consumer takes precedence: an entry that failed here may
   * succeed there.
   */
  async #letOthersTry(): Promise<boolean> {
    await this.#pause(REDELIVERY_PAUSE);
    if (this.#stopped) return false;
    await this.#leave();
    await this.#pause(LET_OTHERS_FIRST);
    return !this.#stopped;
  }

  async #leave(): Promise<void> {
    await this.seats.leave(this.#seat, this.options.holder);
    const { appended } = this.options.keys;
    await this.member.connection.command(appended, ['SPUBLISH', appended, '']);
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.member.clock.after(milliseconds, resolve));
  }
}

/** Milliseconds: one heartbeat, since others vanish no sooner. */
const POLL_INTERVAL = 1000;

/** Milliseconds: a few round trips. */
const LET_OTHERS_FIRST = 20;
