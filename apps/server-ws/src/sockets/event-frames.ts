import type { ServerEventName } from '@waterbus/protocol';
import * as ws from 'ws';
import type { RoomEvents } from '../rooms/room-events.js';
import type { SharedEvent } from '../rooms/shared-event.js';

/** Events as a socket receives them: one WebSocket frame for each. */
export interface EncodedEvents {
  /** Without frames, for the count of unread bytes. */
  text: string;
  frames: Buffer;
}

/**
 * Encodes events that many sockets receive: once, all events of a batch in one write. Each event
 * has a WebSocket frame of its own, so clients receive the same messages as from `socket.emit`.
 */
export class EventFrames {
  private readonly batches = new WeakMap<RoomEvents, Map<number, EncodedEvents>>();
  private readonly events = new WeakMap<SharedEvent, EncodedEvents>();

  shared(shared: SharedEvent): EncodedEvents {
    let encoded = this.events.get(shared);
    if (!encoded) {
      encoded = encode(shared.name, [shared.event]);
      this.events.set(shared, encoded);
    }
    return encoded;
  }

  /** The events of the batch from this index on. */
  room(batch: RoomEvents, first: number): EncodedEvents {
    let byFirst = this.batches.get(batch);
    if (!byFirst) {
      byFirst = new Map();
      this.batches.set(batch, byFirst);
    }
    let encoded = byFirst.get(first);
    if (!encoded) {
      encoded = encode('room', batch.events.slice(first));
      byFirst.set(first, encoded);
    }
    return encoded;
  }
}

function encode(name: ServerEventName, events: readonly unknown[]): EncodedEvents {
  const messages = events.map((event) => `${EVENT}${JSON.stringify([name, event])}`);
  const frames = messages.flatMap((message) => Sender.frame(Buffer.from(MESSAGE + message), TEXT_FRAME));
  return { text: messages.join(''), frames: Buffer.concat(frames) };
}

/** The types of ws leave out its encoder of frames, which Socket.IO's broadcasts use as well. */
const { Sender } = ws as unknown as { Sender: { frame(payload: Buffer, options: object): Buffer[] } };

/** Unmasked and final (RFC 6455 section 5.2). */
const TEXT_FRAME = { opcode: 1, fin: true, rsv1: false, mask: false, readOnly: true };

/** Packet type of Engine.IO (protocol 4). */
const MESSAGE = '4';

/** Packet type of Socket.IO (protocol 5), in the default namespace. */
const EVENT = '2';
