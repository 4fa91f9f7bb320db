import { CodedError } from '@waterbus/protocol';
import type { Clock } from '../clock.js';
import {
  type DurableStreams,
  REDELIVERY_PAUSE,
  STREAM_CAPACITY,
  type StreamEntry,
  type Unsubscribe,
} from '../cluster.js';
import type { Member } from './member.js';

interface Consumer {
  member: Member;
  handler: (entry: StreamEntry) => Promise<void>;
  gone: boolean;
}

interface Group {
  /** Position in the stream of the next entry to deliver. */
  next: number;
  consumers: Consumer[];
  /** The consumer of the current entry. */
  busy: Consumer | undefined;
  cancelPause: (() => void) | undefined;
}

interface Stream {
  entries: StreamEntry[];
  /** Position of `entries[0]`: the number of removed entries. */
  offset: number;
  groups: Map<string, Group>;
}

export interface StreamsState {
  lastId: { date: number; sequence: number };
  streams: { name: string; entries: StreamEntry[]; offset: number; groups: { name: string; next: number }[] }[];
}

/**
 * Ordered queues with redelivery (R12), kept for the life of the process. An entry is removed once
 * all groups are done with it.
 */
export class StreamHub {
  readonly #clock: Clock;
  readonly #streams = new Map<string, Stream>();
  #lastId = { date: 0, sequence: 0 };

  constructor(clock: Clock, state?: StreamsState) {
    this.#clock = clock;
    if (!state) return;
    this.#lastId = { ...state.lastId };
    for (const { name, entries, offset, groups } of structuredClone(state.streams)) {
      const empty = groups.map((group): [string, Group] => [group.name, newGroup(group.next)]);
      this.#streams.set(name, { entries, offset, groups: new Map(empty) });
    }
  }

  /** An entry that is being handled is delivered again. */
  state(): StreamsState {
    const streams = [...this.#streams].map(([name, { entries, offset, groups }]) => ({
      name,
      entries,
      offset,
      groups: [...groups].map(([group, { next }]) => ({ name: group, next })),
    }));
    return structuredClone({ lastId: this.#lastId, streams });
  }

  for(member: Member): DurableStreams {
    return {
      append: async (name, body, capacity = STREAM_CAPACITY) => {
        member.assertOpen();
        const stream = this.#open(name);
        if (stream.entries.length >= capacity) throw new CodedError('server.unavailable', `Stream ${name} is full`);
        const id = this.#nextId();
        stream.entries.push({ id, body: structuredClone(body) });
        for (const group of stream.groups.values()) this.#handOut(stream, group);
        return id;
      },
      consume: async (name, groupName, handler) => {
        member.assertOpen();
        return this.#consume(this.#open(name), groupName, { member, handler, gone: false });
      },
    };
  }

  /** The pending entry of a vanished member is redelivered to another consumer. */
  drop(member: Member): void {
    for (const stream of this.#streams.values()) {
      for (const group of stream.groups.values()) {
        for (const consumer of group.consumers) if (consumer.member === member) consumer.gone = true;
        group.consumers = group.consumers.filter((consumer) => !consumer.gone);
        if (group.busy?.member === member) group.busy = undefined;
        this.#handOut(stream, group);
      }
    }
  }

  #consume(stream: Stream, name: string, consumer: Consumer): Unsubscribe {
    let group = stream.groups.get(name);
    if (!group) {
      group = newGroup(stream.offset);
      stream.groups.set(name, group);
    }
    const joined = group;
    joined.consumers.push(consumer);
    this.#handOut(stream, joined);
    return () => {
      joined.consumers = joined.consumers.filter((other) => other !== consumer);
      if (joined.consumers.length > 0) return;
      joined.cancelPause?.();
      joined.cancelPause = undefined;
    };
  }

  #handOut(stream: Stream, group: Group): void {
    if (group.busy || group.cancelPause) return;
    const entry = stream.entries[group.next - stream.offset];
    const consumer = group.consumers[0];
    if (!entry || !consumer) return;
    group.busy = consumer;
    handle(consumer, entry).then((done) => {
      if (group.busy !== consumer) return;
      group.busy = undefined;
      if (done) {
        group.next += 1;
        trim(stream);
        this.#handOut(stream, group);
      } else {
        this.#pause(stream, group, consumer);
      }
    });
  }

  /** The next attempt goes to another consumer, if there is one. */
  #pause(stream: Stream, group: Group, failed: Consumer): void {
    const others = group.consumers.filter((consumer) => consumer !== failed);
    group.consumers = group.consumers.includes(failed) ? [...others, failed] : others;
    group.cancelPause = this.#clock.after(REDELIVERY_PAUSE, () => {
      group.cancelPause = undefined;
      this.#handOut(stream, group);
    });
  }

  /** Unique across restarts as well, because applied entries are remembered by id (R12). */
  #nextId(): string {
    const date = Math.max(this.#clock.date(), this.#lastId.date);
    this.#lastId = { date, sequence: date === this.#lastId.date ? this.#lastId.sequence + 1 : 0 };
    return `${date}-${this.#lastId.sequence}`;
  }

  #open(name: string): Stream {
    let stream = this.#streams.get(name);
    if (!stream) {
      stream = { entries: [], offset: 0, groups: new Map() };
      this.#streams.set(name, stream);
    }
    return stream;
  }
}

/** Resolves to whether the entry is done; never within the call that appended it. */
async function handle(consumer: Consumer, entry: StreamEntry): Promise<boolean> {
  await undefined;
  if (consumer.gone) return false;
  try {
    await consumer.handler(structuredClone(entry));
    return !consumer.gone;
  } catch {
    return false;
  }
}

function newGroup(next: number): Group {
  return { next, consumers: [], busy: undefined, cancelPause: undefined };
}

function trim(stream: Stream): void {
  const done = Math.min(...[...stream.groups.values()].map((group) => group.next));
  stream.entries.splice(0, done - stream.offset);
  stream.offset = done;
}
