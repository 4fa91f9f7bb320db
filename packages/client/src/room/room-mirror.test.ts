import { applyRoomChange, type RoomChange, type RoomEvent, type RoomSnapshot } from '@waterbus/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { participant } from '../../test/fake-server.js';
import { RoomMirror } from './room-mirror.js';

const empty: RoomSnapshot = { roomId: 'room', version: 0, participants: [] };

describe('R1: the mirror', () => {
  it('applies events in order and drops repeated ones', () => {
    const mirror = new RoomMirror(empty);
    const [first, second] = history([joined('a'), joined('b')]);
    expect(mirror.receive(first!)).toEqual({ changes: [first!.change], gap: false });
    expect(mirror.receive(first!)).toEqual({ changes: [], gap: false });
    expect(mirror.receive(second!)).toEqual({ changes: [second!.change], gap: false });
    expect(mirror.room.version).toBe(2);
  });

  it('detects a gap, keeps early events and continues from the snapshot', () => {
    const mirror = new RoomMirror(empty);
    const events = history([joined('a'), joined('b'), joined('c')]);
    expect(mirror.receive(events[2]!)).toEqual({ changes: [], gap: true });
    const { changes, gap } = mirror.reset(stateAfter(events.slice(0, 2)));
    expect(gap).toBe(false);
    expect(changes.map((change) => change.type)).toEqual(Array(3).fill('participant.joined'));
    expect(mirror.room).toEqual(stateAfter(events));
  });

  it('ignores events of another room and snapshots that are older than its state', () => {
    const mirror = new RoomMirror(empty);
    const events = history([joined('a'), joined('b')]);
    for (const event of events) mirror.receive(event);
    expect(mirror.receive({ ...events[0]!, roomId: 'other', version: 3 })).toEqual({ changes: [], gap: false });
    expect(mirror.reset(stateAfter(events.slice(0, 1)))).toEqual({ changes: [], gap: false });
    expect(mirror.room.version).toBe(2);
  });

  it('requests a snapshot when an event contradicts its state', () => {
    const mirror = new RoomMirror(empty);
    expect(mirror.receive({ roomId: 'room', version: 1, change: left('nobody') })).toEqual({ changes: [], gap: true });
  });

  it('reports a producer that moved to another media node as removed and added', () => {
    const before = stateAfter(history([joined('a'), added('a', 'p', 'node-1')]));
    const after = stateAfter(history([joined('a'), added('a', 'p', 'node-2'), joined('b')]));
    const mirror = new RoomMirror(before);
    const { changes } = mirror.reset(after);
    expect(changes.map((change) => change.type)).toEqual(['producer.removed', 'producer.added', 'participant.joined']);
  });

  it('equals the server after any mixture of lost, repeated and swapped events and one snapshot', () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 60 }), fc.infiniteStream(fc.nat(9)), (wanted, fate) => {
        const events = history(wanted);
        const final = stateAfter(events);
        const mirror = new RoomMirror(empty);
        // The state of an observer of the changes, which must follow the mirror exactly.
        let observed = new Map<string, Set<string>>();
        const observe = (changes: RoomChange[]) => {
          observed = observedAfter(observed, changes);
        };
        const fates = fate[Symbol.iterator]();
        const arriving: RoomEvent[] = [];
        for (const event of events) {
          const luck = fates.next().value as number;
          if (luck === 0) continue;
          arriving.push(event);
          if (luck === 1) arriving.push(event);
          if (luck === 2 && arriving.length > 1) arriving.push(...arriving.splice(-2).reverse());
        }
        for (const [index, event] of arriving.entries()) {
          observe(mirror.receive(event).changes);
          // A snapshot of any moment may arrive in between.
          if ((fates.next().value as number) === 0) observe(mirror.reset(stateAfter(events.slice(0, index))).changes);
        }
        observe(mirror.reset(final).changes);
        expect(mirror.room).toEqual(final);
        expect(observed).toEqual(
          new Map(final.participants.map(({ id, producers }) => [id, new Set(producers.map((one) => one.id))])),
        );
      }),
      { numRuns: 500 },
    );
  });
});

const ids = fc.constantFrom('a', 'b', 'c', 'd');
const producerIds = fc.constantFrom('p', 'q');

const anyChange: fc.Arbitrary<RoomChange> = fc.oneof(
  ids.map(joined),
  ids.map(left),
  fc.record({
    type: fc.constant('participant.updated' as const),
    participantId: ids,
    connection: fc.constantFrom('connected' as const, 'reconnecting' as const),
  }),
  fc.tuple(ids, producerIds).map(([id, producer]) => added(id, `${id}-${producer}`, 'node-1')),
  fc.tuple(ids, producerIds, fc.boolean()).map(([participantId, producer, paused]) => ({
    type: 'producer.updated' as const,
    participantId,
    producerId: `${participantId}-${producer}`,
    paused,
  })),
  fc.tuple(ids, producerIds).map(([participantId, producer]) => ({
    type: 'producer.removed' as const,
    participantId,
    producerId: `${participantId}-${producer}`,
  })),
);

function joined(id: string): RoomChange {
  return { type: 'participant.joined', participant: participant(id) };
}

function left(participantId: string): RoomChange {
  return { type: 'participant.left', participantId, reason: 'left' };
}

function added(participantId: string, id: string, mediaNodeId: string): RoomChange {
  const producer = { id, kind: 'video' as const, source: 'camera' as const, paused: false, mediaNodeId };
  return { type: 'producer.added', participantId, producer };
}

/** The events that a server sends for these changes; changes without an effect cost no version. */
function history(changes: RoomChange[]): RoomEvent[] {
  let room = empty;
  return changes.flatMap((change) => {
    const next = applyRoomChange(room, change);
    if (!next) return [];
    room = next;
    return [{ roomId: room.roomId, version: room.version, change }];
  });
}

function stateAfter(events: RoomEvent[]): RoomSnapshot {
  return events.reduce((room, { change }) => applyRoomChange(room, change)!, empty);
}

function observedAfter(before: Map<string, Set<string>>, changes: RoomChange[]): Map<string, Set<string>> {
  const observed = new Map(before);
  for (const change of changes) {
    switch (change.type) {
      case 'participant.joined':
        expect(observed.has(change.participant.id)).toBe(false);
        observed.set(change.participant.id, new Set(change.participant.producers.map(({ id }) => id)));
        break;
      case 'participant.left':
        expect(observed.delete(change.participantId)).toBe(true);
        break;
      case 'producer.added':
        observed.set(change.participantId, new Set(observed.get(change.participantId)).add(change.producer.id));
        break;
      case 'producer.removed': {
        const producers = new Set(observed.get(change.participantId));
        expect(producers.delete(change.producerId)).toBe(true);
        observed.set(change.participantId, producers);
        break;
      }
      case 'participant.updated':
      case 'producer.updated':
        break;
    }
  }
  return observed;
}
