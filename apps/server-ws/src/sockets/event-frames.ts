import type { ServerEventName } from '@waterbus/protocol';
import type { Socket } from 'socket.io';
import type { RoomEvents } from '../rooms/room-events.js';
import type { SharedEvent } from '../rooms/shared-event.js';

/**
 * Sends events that many sockets receive: encoded once, all events of a batch in one write. Each
 * event has a WebSocket frame of its own, so clients receive the same messages as from
 * `socket.emit`.
 */
export class EventFrames {
  private readonly batches = new WeakMap<RoomEvents, Map<number, Encoded>>();
  private readonly shared = new WeakMap<SharedEvent, Encoded>();

  emitShared(socket: Socket, shared: SharedEvent): void {
    let encoded = this.shared.get(shared);
    if (!encoded) {
      encoded = encode(shared.name, [shared.event]);
      this.shared.set(shared, encoded);
    }
    write(socket, encoded);
  }

  /** Sends the events of the batch from this index on. */
  emitRoom(socket: Socket, batch: RoomEvents, first: number): void {
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
    write(socket, encoded);
  }
}

/** Engine.IO writes such frames as they are, as for the broadcasts of Socket.IO's own adapter. */
function write(socket: Socket, { text, options }: Encoded): void {
  socket.conn.write(text, options as object);
}

interface Encoded {
  /** For the count of unread bytes. */
  text: string;
  options: { compress: false; wsPreEncodedFrame: [Buffer] };
}

function encode(name: ServerEventName, events: readonly unknown[]): Encoded {
  const messages = events.map((event) => `${EVENT}${JSON.stringify([name, event])}`);
  const frames = messages.map((message) => textFrame(Buffer.from(MESSAGE + message)));
  return { text: messages.join(''), options: { compress: false, wsPreEncodedFrame: [Buffer.concat(frames)] } };
}

/** An unmasked, final text frame (RFC 6455 section 5.2). */
function textFrame(payload: Buffer): Buffer {
  const { length } = payload;
  let header: Buffer;
  if (length < 126) header = Buffer.from([FINAL_TEXT, length]);
  else if (length < 65_536) {
    header = Buffer.from([FINAL_TEXT, 126, 0, 0]);
    header.writeUInt16BE(length, 2);
  } else {
    header = Buffer.from([FINAL_TEXT, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    header.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([header, payload]);
}

/** Packet type of Engine.IO (protocol 4). */
const MESSAGE = '4';

/** Packet type of Socket.IO (protocol 5), in the default namespace. */
const EVENT = '2';

const FINAL_TEXT = 0x81;
