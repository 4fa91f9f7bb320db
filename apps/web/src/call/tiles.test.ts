import type { Call, RemoteParticipant, RemotePublication } from '@waterbus/client';
import type { MediaDevicesState } from '@waterbus/react';
import { expect, it } from 'vitest';
import { Tile, type TileProps } from './tile.js';
import { takeLarge, tilesOf } from './tiles.js';

const [ann, ben, cleo] = ['ann', 'ben', 'cleo'].map((participantId) => ({ participantId })) as [Id, Id, Id];
const tiles = [ann, ben, cleo];

it('takes the pinned tile out before the speaker’s, and none of participants that have left', () => {
  expect(takeLarge(tiles, { pinned: 'ben', speaker: 'ann' })).toEqual({ large: ben, others: [ann, cleo] });
  expect(takeLarge(tiles, { pinned: 'gone', speaker: 'ann' })).toEqual({ large: ann, others: [ben, cleo] });
  // The user's own pin is stronger than the moderators' spotlight.
  expect(takeLarge(tiles, { pinned: 'ben', spotlight: 'cleo', speaker: 'ann' }).large).toBe(ben);
  expect(takeLarge(tiles, { pinned: undefined, spotlight: 'cleo', speaker: 'ann' }).large).toBe(cleo);
  expect(takeLarge(tiles, { pinned: 'gone', speaker: 'gone' })).toEqual({ large: undefined, others: tiles });
  expect(takeLarge(tiles, { pinned: undefined, speaker: undefined })).toEqual({ large: undefined, others: tiles });
});

it('changes the properties of as few tiles as a change of the call is about', () => {
  // React omits tiles whose properties are the same, each by itself.
  expect(Tile).toMatchObject({ $$typeof: Symbol.for('react.memo'), compare: null });
  const state = { speakers: ['person-3'], muted: new Set<string>(), pausedBy: new Map<string, 'bandwidth'>() };
  const call = callOf(49, state);
  let before = allTiles(call);
  const changed = (): string[] => {
    const after = allTiles(call);
    const ids = after.filter((tile, index) => !isSame(tile, before[index]!)).map(({ participantId }) => participantId);
    before = after;
    return ids;
  };
  expect(changed()).toEqual([]);
  state.speakers = ['person-40'];
  expect(changed()).toEqual(['person-3', 'person-40']);
  state.muted.add('person-7');
  expect(changed()).toEqual(['person-7']);
  state.pausedBy.set('person-20', 'bandwidth');
  expect(changed()).toEqual(['person-20']);
});

function allTiles(call: Call): TileProps[] {
  const { others, self } = tilesOf(call, DEVICES);
  return [...others, self];
}

/** As React compares properties. */
function isSame(one: TileProps, other: TileProps): boolean {
  const keys = Object.keys({ ...one, ...other }) as (keyof TileProps)[];
  return keys.every((key) => Object.is(one[key], other[key]));
}

/** A call with `count` others, as objects that keep their identity and change in place. */
function callOf(
  count: number,
  state: { speakers: string[]; muted: Set<string>; pausedBy: Map<string, 'bandwidth'> },
): Call {
  const participants = Array.from({ length: count }, (_, index) => {
    const id = `person-${index}`;
    const camera = {
      source: 'camera',
      muted: false,
      get pausedBy() {
        return state.pausedBy.get(id);
      },
    } as RemotePublication;
    const microphone = {
      source: 'microphone',
      get muted() {
        return state.muted.has(id);
      },
    } as RemotePublication;
    const publication = (source: string) => (source === 'camera' ? camera : microphone);
    return { id, name: `Person ${index}`, avatarUrl: null, role: 'guest', publication } as RemoteParticipant;
  });
  const local = { id: 'self', name: 'Ada', avatarUrl: null, role: 'host' } as Call['local'];
  return {
    local,
    participants,
    get activeSpeakers() {
      return state.speakers.map((participantId) => ({ participantId, level: -30 }));
    },
  } as unknown as Call;
}

const DEVICES = { camera: { on: false }, microphone: { on: false } } as unknown as MediaDevicesState;

interface Id {
  participantId: string;
}
