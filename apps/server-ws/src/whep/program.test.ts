import type { RoomParticipant, RoomProducer, Source } from '@waterbus/protocol';
import { expect, test } from 'vitest';
import { isElsewhere, nextProgram, nodeOf, type Program, type Stage } from './program.js';

function producer(owner: string, source: Source, changes: Partial<RoomProducer> = {}): RoomProducer {
  const kind = source === 'camera' || source === 'screen' ? 'video' : 'audio';
  const codec = kind === 'video' ? { codec: 'vp8' as const } : {};
  return { id: `${owner} ${source}`, kind, source, paused: false, mediaNodeId: 'node-1', ...codec, ...changes };
}

function participant(name: string, ...producers: RoomProducer[]): RoomParticipant {
  const base = { id: `id-${name}`, name, role: 'guest' as const, joinedAt: 0, connection: 'connected' as const };
  return { ...base, producers };
}

const both = (name: string) => participant(name, producer(name, 'microphone'), producer(name, 'camera'));

function stage(participants: RoomParticipant[], changes: Partial<Stage> = {}): Stage {
  return {
    participants,
    speakers: [],
    mediaNodeId: 'node-1',
    draining: false,
    reaches: (mediaNodeId) => mediaNodeId !== 'node-3',
    decodes: ['vp8'],
    only: undefined,
    sounds: 1,
    ...changes,
  };
}

const speak = (...names: string[]) => ({ speakers: names.map((name) => ({ participantId: `id-${name}` })) });
const nothing = (sounds = 1): Program => ({ picture: undefined, sounds: new Array(sounds).fill(undefined) });

test('an empty room fills nothing; before anybody speaks the first camera and microphone do', () => {
  expect(nextProgram(stage([]), nothing())).toEqual(nothing());
  expect(nextProgram(stage([both('ada'), both('ben')]), nothing())).toEqual({
    ...{ picture: 'ada camera', sounds: ['ada microphone'] },
  });
});

test('picture and sound follow the loudest speaker and stay in silence', () => {
  const room = [both('ada'), both('ben'), participant('cid', producer('cid', 'microphone'))];
  const first = nextProgram(stage(room, speak('ben')), nothing());
  expect(first).toEqual({ picture: 'ben camera', sounds: ['ben microphone'] });
  expect(nextProgram(stage(room), first)).toEqual(first);
  // Who has no camera is heard; the picture is that of the next speaker, else it stays.
  expect(nextProgram(stage(room, speak('cid', 'ada')), first)).toEqual({
    ...{ picture: 'ada camera', sounds: ['cid microphone'] },
  });
  expect(nextProgram(stage(room, speak('cid')), first)).toEqual({ picture: 'ben camera', sounds: ['cid microphone'] });
});

test('a picture that has just changed stays, unless it ends', () => {
  const room = [both('ada'), both('ben')];
  const now = { picture: 'ada camera', sounds: ['ada microphone'] };
  expect(nextProgram(stage(room, speak('ben')), now, true)).toEqual({ ...now, sounds: ['ben microphone'] });
  expect(nextProgram(stage([both('ben')]), now, true).picture).toBe('ben camera');
});

test('a shared screen goes before speakers, and its sound before silence', () => {
  const presenter = participant(
    'ada',
    producer('ada', 'camera'),
    producer('ada', 'screen'),
    producer('ada', 'screen-audio'),
  );
  const second = participant('cid', producer('cid', 'screen'));
  const shown = nextProgram(stage([both('ben'), presenter, second], speak('ben')), nothing(2));
  expect(shown).toEqual({ picture: 'ada screen', sounds: ['ben microphone', 'ada screen-audio'] });
  expect(nextProgram(stage([both('ben'), presenter]), nothing())).toEqual({
    ...{ picture: 'ada screen', sounds: ['ada screen-audio'] },
  });
});

test('several sections have the loudest, each of which stays in its section', () => {
  const room = ['ada', 'ben', 'cid', 'dan'].map((name) => participant(name, producer(name, 'microphone')));
  const first = nextProgram(stage(room, { ...speak('ada', 'ben'), sounds: 2 }), nothing(2));
  expect(first.sounds).toEqual(['ada microphone', 'ben microphone']);
  const second = nextProgram(stage(room, { ...speak('ben', 'cid'), sounds: 2 }), first);
  expect(second.sounds).toEqual(['cid microphone', 'ben microphone']);
});

test('one participant may be asked for, by name or id, also before they come', () => {
  const room = [both('ada'), both('ben')];
  for (const only of ['ben', 'id-ben']) {
    const { picture, sounds } = nextProgram(stage(room, { ...speak('ada'), only }), nothing());
    expect([picture, ...sounds]).toEqual(['ben camera', 'ben microphone']);
  }
  expect(nextProgram(stage(room, { only: 'eve' }), nothing())).toEqual(nothing());
});

test('paused streams, other codecs and media nodes out of reach are left out', () => {
  const room = [
    participant('ada', producer('ada', 'camera', { paused: true })),
    participant('ben', producer('ben', 'camera', { codec: 'av1' })),
    participant('cid', producer('cid', 'camera', { mediaNodeId: 'node-3' })),
  ];
  expect(nextProgram(stage(room), nothing())).toEqual(nothing());
});

test('speakers on another media node come up like those on the own one', () => {
  const away = { mediaNodeId: 'node-2' };
  const cid = participant('cid', producer('cid', 'microphone', away), producer('cid', 'camera', away));
  const first = nextProgram(stage([both('ada'), cid], speak('ada')), nothing());
  expect(first).toEqual({ picture: 'ada camera', sounds: ['ada microphone'] });
  expect(nextProgram(stage([both('ada'), cid], speak('cid')), first)).toEqual({
    ...{ picture: 'cid camera', sounds: ['cid microphone'] },
  });
});

test('a stream that moves to another media node continues in its sections with the copy there', () => {
  const copy = (source: Source, replaces?: string) =>
    producer('ben', source, { id: `ben ${source} 2`, mediaNodeId: 'node-2', ...(replaces && { replaces }) });
  const moving = participant(
    'ben',
    ...[producer('ben', 'microphone'), producer('ben', 'camera')],
    ...[copy('microphone', 'ben microphone'), copy('camera', 'ben camera')],
  );
  const now = { picture: 'ben camera', sounds: ['ada microphone', 'ben microphone'] };
  const moved = { picture: 'ben camera 2', sounds: ['ada microphone', 'ben microphone 2'] };
  expect(nextProgram(stage([both('ada'), moving]), now, true)).toEqual(moved);
  expect(nextProgram(stage([both('ada'), moving]), moved)).toEqual(moved);
  const away = moving.producers.map((one) => (one.replaces ? { ...one, mediaNodeId: 'node-3' } : one));
  expect(nextProgram(stage([both('ada'), { ...moving, producers: away }]), now)).toEqual(now);
});

test('a player connects to the open media node with the most streams', () => {
  const room = [both('ada'), participant('cid', producer('cid', 'camera', { mediaNodeId: 'node-2' }))];
  expect(nodeOf(room, undefined, () => true)).toBe('node-1');
  expect(nodeOf(room, 'cid', () => true)).toBe('node-2');
  expect(nodeOf(room, undefined, (id) => id !== 'node-1')).toBe('node-2');
  expect(nodeOf(room, undefined, () => false)).toBeUndefined();
  expect(nodeOf([], undefined, () => true)).toBeUndefined();
});

test('it connects anew when only others have streams and its own node drains, or none of them is in reach', () => {
  const room = [both('ada'), participant('cid', producer('cid', 'camera', { mediaNodeId: 'node-2' }))];
  const draining = { draining: true };
  expect(isElsewhere(stage(room, draining))).toBe(false);
  expect(isElsewhere(stage(room, { only: 'cid' }))).toBe(false);
  expect(isElsewhere(stage(room, { only: 'cid', ...draining }))).toBe(true);
  expect(isElsewhere(stage(room, { only: 'cid', reaches: () => false }))).toBe(true);
  expect(isElsewhere(stage([], draining))).toBe(false);
});
