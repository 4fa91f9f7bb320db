import type { VideoCodec } from '@waterbus/protocol';
import { describe, expect, it } from 'vitest';
import { alternativeTo, type CodecQuestion, chooseCodec, type Decodes } from './codec-choice.js';

const ALL: VideoCodec[] = ['vp8', 'vp9', 'av1', 'h264'];
const choice = (question: Partial<CodecQuestion>) =>
  chooseCodec({ source: 'camera', wanted: 'auto', sends: ALL, carries: ['vp8'], audience: [], ...question });

describe('the codec of a picture', () => {
  it('is VP8 on a machine that encodes no other codec with ease', () => {
    expect(choice({ audience: [ALL, ALL] })).toBe('vp8');
  });

  it('is VP9 where the machine encodes it with ease and all participants decode it, else AV1, else VP8', () => {
    const carries = ALL;
    expect(choice({ carries, audience: [ALL, ALL] })).toBe('vp9');
    expect(choice({ carries, audience: [ALL, ['vp8', 'av1']] })).toBe('av1');
    expect(choice({ carries, audience: [ALL, ['vp8']] })).toBe('vp8');
    expect(choice({ carries, sends: ['vp8', 'h264'], audience: [ALL] })).toBe('vp8');
  });

  it('does not wait for participants that have not reported their codecs yet', () => {
    expect(choice({ carries: ALL, audience: [undefined, ALL] })).toBe('vp9');
  });

  it('is the application’s choice, if this browser encodes it', () => {
    expect(choice({ wanted: 'h264', audience: [['vp8']] })).toBe('h264');
    expect(choice({ wanted: 'h264', sends: ['vp8', 'vp9'] })).toBe('vp8');
  });
});

describe('the second codec', () => {
  it.each<[string, VideoCodec, Decodes[], VideoCodec | undefined]>([
    ['is none while everybody decodes the first', 'vp9', [ALL, ['vp8', 'vp9']], undefined],
    ['is none for those who have shown nothing yet', 'vp9', [undefined], undefined],
    ['is VP8 for who lacks VP9', 'vp9', [ALL, ['vp8', 'h264']], 'vp8'],
    ['is what who lacks VP8 has', 'vp9', [['h264']], 'h264'],
    ['is not for those who decode nothing that this browser encodes', 'vp9', [[]], undefined],
    ['is what helps the most', 'av1', [['h264'], ['vp8', 'h264'], ['vp8']], 'vp8'],
    ['helps the most also where that is not the cheapest', 'av1', [['h264'], ['vp8', 'h264']], 'h264'],
  ])('%s', (_, codec, audience, expected) => {
    expect(alternativeTo(codec, ALL, audience)).toBe(expected);
  });

  it('is one that this browser encodes', () => {
    expect(alternativeTo('vp9', ['vp9'], [['vp8']])).toBeUndefined();
  });
});
