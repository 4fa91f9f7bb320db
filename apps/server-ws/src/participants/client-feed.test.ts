import type { MeetingEvent, RoomEvent } from '@waterbus/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { RoomEvents } from '../rooms/room-events.js';
import { SharedEvent } from '../rooms/shared-event.js';
import { ClientFeed } from './client-feed.js';
import type { ClientSocket } from './client-socket.js';

/** A socket that records its events. */
class RecordingSocket implements ClientSocket {
  readonly caller = '192.0.2.1';
  readonly sent: string[] = [];
  ended = false;

  emit(name: string, event: unknown): void {
    this.sent.push(`${name} ${brief(event)}`);
  }

  emitShared({ name, event }: SharedEvent): void {
    this.emit(name, event);
  }

  emitRoom({ events }: RoomEvents, first: number): void {
    for (const event of events.slice(first)) this.emit('room', event);
  }

  end(): void {
    this.ended = true;
  }
}

let feed: ClientFeed;
let receives: boolean;
beforeEach(() => {
  receives = true;
  feed = new ClientFeed({ receives: () => receives, detach: (socket) => void feed.detach(socket) });
});

describe('a client without a socket', () => {
  test('receives its own events when it is live, and no others', () => {
    feed.emit('consumer.closed', closed('c1'));
    feed.emitLive('staying', {});
    feed.roomEvent(roomEvent(1));
    feed.roomEvents(new RoomEvents([roomEvent(1)]));
    feed.keptEvent(new SharedEvent('meeting', membersChanged));
    const socket = live(1);
    expect(socket.sent).toEqual(['consumer.closed c1']);
  });

  test('transfers its own events to another node', () => {
    feed.emit('consumer.closed', closed('c1'));
    expect(feed.takePending()).toEqual([['consumer.closed', closed('c1')]]);
    expect(live(1).sent).toEqual([]);
  });
});

describe('a client that catches up', () => {
  test('R1: receives the events after its snapshot in order: room, own, meeting', () => {
    const socket = new RecordingSocket();
    feed.attach(socket);
    for (const version of [4, 5, 6]) feed.roomEvent(roomEvent(version));
    feed.keptEvent(new SharedEvent('meeting', membersChanged));
    feed.emit('consumer.closed', closed('c1'));
    feed.emitLive('staying', {});
    expect(socket.sent).toEqual([]);
    expect(feed.goLive(socket, 4)).toBe(true);
    expect(socket.sent).toEqual(['room 5', 'room 6', 'consumer.closed c1', 'meeting members.changed']);
  });

  test('receives the events that its former home has not sent', () => {
    const socket = new RecordingSocket();
    feed.attach(socket);
    feed.adopt([['consumer.closed', closed('c1')]], [new SharedEvent('meeting', membersChanged)]);
    feed.goLive(socket, 1);
    expect(socket.sent).toEqual(['consumer.closed c1', 'meeting members.changed']);
  });

  test('starts anew with another socket, and the first one is replaced', () => {
    const [first, second] = [new RecordingSocket(), new RecordingSocket()];
    feed.attach(first);
    feed.roomEvent(roomEvent(1));
    feed.attach(second);
    expect(first).toMatchObject({ sent: ['ended replaced'], ended: true });
    expect(feed.goLive(first, 0)).toBe(false);
    expect(feed.goLive(second, 1)).toBe(true);
    expect(second.sent).toEqual([]);
  });

  test('loses its socket when too many events wait', () => {
    const socket = new RecordingSocket();
    feed.attach(socket);
    for (let version = 1; version <= 10_001; version += 1) feed.roomEvent(roomEvent(version));
    expect(socket).toMatchObject({ sent: [], ended: true });
    expect(feed.socket).toBeUndefined();
  });
});

describe('a live client', () => {
  test('R1: receives each version once', () => {
    const socket = live(2);
    feed.roomEvents(new RoomEvents([2, 3].map(roomEvent)));
    feed.roomEvents(new RoomEvents([3, 4].map(roomEvent)));
    feed.roomEvents(new RoomEvents([4].map(roomEvent)));
    expect(socket.sent).toEqual(['room 3', 'room 4']);
  });

  test('R7: receives the events of its meeting that it may see', () => {
    const socket = live(1);
    receives = false;
    feed.keptEvent(new SharedEvent('meeting', membersChanged));
    receives = true;
    feed.keptEvent(new SharedEvent('meeting', membersChanged));
    expect(socket.sent).toEqual(['meeting members.changed']);
  });

  test('is not detached by the end of an earlier socket', () => {
    const first = live(1);
    const second = live(1);
    expect(feed.detach(first)).toBe(false);
    expect(feed.socket).toBe(second);
    expect(feed.detach(second)).toBe(true);
    expect(feed.socket).toBeUndefined();
  });

  test('receives the reason before its socket ends', () => {
    const socket = live(1);
    feed.end('kicked');
    feed.roomEvents(new RoomEvents([roomEvent(2)]));
    expect(socket).toMatchObject({ sent: ['ended kicked'], ended: true });
  });
});

function live(version: number): RecordingSocket {
  const socket = new RecordingSocket();
  feed.attach(socket);
  feed.goLive(socket, version);
  return socket;
}

function roomEvent(version: number): RoomEvent {
  return { roomId: 'room', version, change: { type: 'participant.left', participantId: 'a', reason: 'left' } };
}

function closed(consumerId: string) {
  return { consumerId, reason: 'producer-closed' as const };
}

function brief(event: unknown): string {
  const { version, consumerId, type, reason } = event as Record<string, unknown>;
  return String(version ?? consumerId ?? type ?? reason);
}

const membersChanged: MeetingEvent = { type: 'members.changed' };
