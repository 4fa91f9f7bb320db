import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyRoomChange,
  type RoomChange,
  type RoomSnapshot,
  roomChangeSchema,
  roomEventSchema,
  roomSnapshotSchema,
} from './room.js';

/** Few ids, so that changes refer to existing participants and producers. */
const participantId = fc.constantFrom('ada', 'bob', 'cyd');
const producerId = fc.constantFrom('p1', 'p2', 'p3');
const name = fc.constantFrom('Ada', 'Bob');
const role = fc.constantFrom('host' as const, 'guest' as const);
const connection = fc.constantFrom('connected' as const, 'reconnecting' as const);

const decodes = fc.uniqueArray(fc.constantFrom('vp8' as const, 'vp9' as const));

const producer = fc.record({
  id: producerId,
  kind: fc.constantFrom('audio' as const, 'video' as const),
  source: fc.constantFrom('microphone' as const, 'camera' as const),
  paused: fc.boolean(),
  mediaNodeId: fc.constantFrom('media-1', 'media-2'),
});

const participant = fc.record({
  id: participantId,
  name,
  role,
  joinedAt: fc.nat(),
  connection,
  producers: fc.uniqueArray(producer, { selector: ({ id }) => id }),
});

const change: fc.Arbitrary<RoomChange> = fc.oneof(
  fc.record(
    { type: fc.constant('observer.joined' as const), participantId, decodes },
    { requiredKeys: ['type', 'participantId'] },
  ),
  fc.record({ type: fc.constant('participant.joined' as const), participant }),
  fc.record(
    { type: fc.constant('participant.updated' as const), participantId, name, role, connection, decodes },
    { requiredKeys: ['type', 'participantId'] },
  ),
  fc.record({ type: fc.constant('participant.left' as const), participantId, reason: fc.constant('left' as const) }),
  fc.record({ type: fc.constant('producer.added' as const), participantId, producer }),
  fc.record({ type: fc.constant('producer.updated' as const), participantId, producerId, paused: fc.boolean() }),
  fc.record({ type: fc.constant('producer.removed' as const), participantId, producerId }),
);

const changes = fc.array(change, { maxLength: 60 });
const empty = (): RoomSnapshot => ({ roomId: 'room', version: 0, participants: [] });

/** Applies changes as a room's store does; `history[n]` is the snapshot of version n. */
function play(all: RoomChange[]) {
  const history = [empty()];
  const events: { version: number; change: RoomChange }[] = [];
  for (const one of all) {
    const before = history.at(-1) as RoomSnapshot;
    const after = applyRoomChange(before, one);
    if (!after) continue;
    history.push(after);
    events.push({ version: after.version, change: one });
  }
  return { history, events };
}

describe('applyRoomChange', () => {
  it('R1: a change that is applied raises the version by one', () => {
    fc.assert(
      fc.property(changes, (all) => {
        const { history, events } = play(all);
        expect(history.map(({ version }) => version)).toEqual(history.map((_, index) => index));
        expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
      }),
    );
  });

  it('R1: any snapshot and the events after it give every later snapshot', () => {
    fc.assert(
      fc.property(changes, fc.nat(), (all, at) => {
        const { history, events } = play(all);
        const from = at % history.length;
        let snapshot = history[from] as RoomSnapshot;
        for (const event of events.slice(from)) {
          const next = applyRoomChange(snapshot, event.change);
          expect(next).toEqual(history[event.version]);
          snapshot = next as RoomSnapshot;
        }
      }),
    );
  });

  it('R1: a change that is applied carries news: the participants or observers differ after it', () => {
    fc.assert(
      fc.property(changes, change, (all, last) => {
        const room = play(all).history.at(-1) as RoomSnapshot;
        const next = applyRoomChange(room, last);
        if (next) expect({ ...next, version: room.version }).not.toEqual(room);
      }),
    );
  });

  it('R2: a repeated change carries no news', () => {
    fc.assert(
      fc.property(changes, change, (all, last) => {
        const next = applyRoomChange(play(all).history.at(-1) as RoomSnapshot, last);
        if (next) expect(applyRoomChange(next, last)).toBeUndefined();
      }),
    );
  });

  it('leaves the given snapshot and the change unmodified', () => {
    fc.assert(
      fc.property(changes, change, (all, last) => {
        const room = play(all).history.at(-1) as RoomSnapshot;
        const [roomBefore, changeBefore] = [structuredClone(room), structuredClone(last)];
        applyRoomChange(room, last);
        expect(room).toEqual(roomBefore);
        expect(last).toEqual(changeBefore);
      }),
    );
  });

  it('never holds a participant twice, nor a producer twice with one participant', () => {
    fc.assert(
      fc.property(changes, (all) => {
        for (const { participants, observers = [], observerDecodes = {} } of play(all).history) {
          const ids = [...participants.map(({ id }) => id), ...observers];
          expect(new Set(ids).size).toBe(ids.length);
          for (const id of Object.keys(observerDecodes)) expect(observers).toContain(id);
          for (const { producers } of participants) {
            expect(new Set(producers.map(({ id }) => id)).size).toBe(producers.length);
          }
        }
      }),
    );
  });

  it('produces values that satisfy the schemas, over JSON too', () => {
    fc.assert(
      fc.property(changes, (all) => {
        const { history, events } = play(all);
        for (const snapshot of history) {
          expect(roomSnapshotSchema.parse(JSON.parse(JSON.stringify(snapshot)))).toEqual(snapshot);
        }
        for (const event of events) {
          const sent = { roomId: 'room', ...event };
          expect(roomEventSchema.parse(JSON.parse(JSON.stringify(sent)))).toEqual(sent);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('keeps the order in which participants joined', () => {
    const joined = (id: string): RoomChange => ({
      type: 'participant.joined',
      participant: { id, name: id, role: 'guest', joinedAt: 0, connection: 'connected', producers: [] },
    });
    const left: RoomChange = { type: 'participant.left', participantId: 'a', reason: 'left' };
    const { history } = play([joined('a'), joined('b'), joined('c'), left, joined('a')]);
    expect(history.at(-1)?.participants.map(({ id }) => id)).toEqual(['b', 'c', 'a']);
  });

  it('an older reader sees no news in a raised hand, and requests the snapshot', () => {
    const participant = { id: 'a', name: 'a', role: 'guest', joinedAt: 0, connection: 'connected', producers: [] };
    const room = roomSnapshotSchema.parse({ roomId: 'room', version: 1, participants: [participant] });
    const raised = { type: 'participant.updated', participantId: 'a', handRaisedAt: 5 } as const;
    expect(applyRoomChange(room, raised)?.participants[0]?.handRaisedAt).toBe(5);
    const { handRaisedAt: _, ...asOlderReader } = raised;
    expect(applyRoomChange(room, asOlderReader)).toBeUndefined();
  });

  it('refuses a change of an unknown kind', () => {
    expect(roomChangeSchema.safeParse({ type: 'participant.exploded', participantId: 'a' }).success).toBe(false);
  });
});
