import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { describe, expect, test } from 'vitest';
import { type ActiveSpeakers, mergeSpeakers, RoomSpeakers } from './room-speakers.js';

const ownerOf = (producerId: string) => (producerId.startsWith('mic-') ? producerId.slice(4) : undefined);
const speaker = (name: string, level: number) => ({ producerId: `mic-${name}`, level });
const names = (speakers: ActiveSpeakers) => speakers.map(({ participantId }) => participantId);

describe('speakers of several media nodes', () => {
  test('are merged by level, each participant once, microphones only', () => {
    const one = [speaker('ada', -30), speaker('ben', -20)];
    const two = [speaker('ada', -35), { producerId: 'screen', level: -1 }, speaker('cleo', -25)];
    expect(mergeSpeakers([one, two], ownerOf, undefined)).toEqual([
      { participantId: 'ada', level: -30 },
      { participantId: 'ben', level: -20 },
      { participantId: 'cleo', level: -25 },
    ]);
    expect(mergeSpeakers([], ownerOf, 'ada')).toEqual([]);
  });

  test('keep their leader until another node’s is clearly louder, or it no longer leads', () => {
    const lead = (a: number, b: number) =>
      names(mergeSpeakers([[speaker('ada', a)], [speaker('ben', b)]], ownerOf, 'ada'))[0];
    expect(lead(-30, -25)).toBe('ada');
    expect(lead(-30, -24)).toBe('ben');
    expect(names(mergeSpeakers([[speaker('ben', -40)]], ownerOf, 'ada'))).toEqual(['ben']);
  });

  test('are eight at most', () => {
    const many = Array.from({ length: 8 }, (_, i) => speaker(`a${i}`, -30 - i));
    const more = Array.from({ length: 8 }, (_, i) => speaker(`b${i}`, -20 - i));
    expect(names(mergeSpeakers([many, more], ownerOf, undefined))).toHaveLength(8);
  });
});

describe('speakers of a room', () => {
  function room() {
    const clock = new VirtualClock();
    const muted = new Set<string>();
    const emitted: string[][] = [];
    const speakers = new RoomSpeakers(
      (id) => (muted.has(id) ? undefined : ownerOf(id)),
      clock,
      (list) => emitted.push(names(list)),
    );
    const report = (mediaNodeId: string, ...list: ReturnType<typeof speaker>[]) =>
      speakers.report({ mediaNodeId, speakers: list });
    return { clock, muted, emitted, speakers, report };
  }

  test('are emitted on changes of members or leader, not of levels, at most each 300 ms', async () => {
    const { clock, emitted, report } = room();
    report('m1', speaker('ada', -30));
    report('m1', speaker('ada', -20));
    report('m2', speaker('ben', -30));
    report('m2');
    report('m2', speaker('cleo', -30));
    expect(emitted).toEqual([['ada']]);
    await clock.advance(300);
    expect(emitted).toEqual([['ada'], ['ada', 'cleo']]);
    await clock.advance(300);
    report('m1');
    report('m2');
    await clock.advance(300);
    expect(emitted.at(-1)).toEqual([]);
  });

  test('lose a participant that mutes or leaves at once', async () => {
    const { clock, muted, emitted, speakers, report } = room();
    report('m1', speaker('ada', -30), speaker('ben', -40));
    await clock.advance(300);
    muted.add('mic-ada');
    speakers.refresh();
    expect(emitted.at(-1)).toEqual(['ben']);
  });

  test('lose those of a media node without messages for 7 s, and no others', async () => {
    const { clock, emitted, speakers, report } = room();
    report('lost', speaker('ada', -30));
    for (let i = 0; i < 4; i++) {
      report('m2', speaker('ben', -30));
      await clock.advance(3000);
    }
    expect(emitted.at(-1)).toEqual(['ben']);
    await clock.advance(7000);
    expect(emitted.at(-1)).toEqual([]);
    expect(speakers.speakers).toEqual([]);
  });

  test('leave no timer behind', async () => {
    const { clock, emitted, speakers, report } = room();
    report('m1', speaker('ada', -30));
    report('m1');
    speakers.close();
    await clock.advance(60_000);
    expect(emitted).toEqual([['ada']]);
  });
});
