import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type VideoCodec, videoCodecSchema } from './media.js';
import type { RoomProducer } from './room.js';
import { decodedVideoCodecs, receivable, videoCodecOf } from './video-codecs.js';

const capability = (mimeType: string, parameters: Record<string, string | number> = {}) => ({
  codecs: [{ kind: 'video' as const, mimeType, clockRate: 90_000, parameters }],
});

describe('the video codecs that a receiver decodes', () => {
  it.each<[string, Record<string, string | number>, VideoCodec[]]>([
    ['video/VP8', {}, ['vp8']],
    ['video/VP9', {}, ['vp9']],
    ['video/VP9', { 'profile-id': 2 }, []],
    ['video/AV1', { profile: '0', 'level-idx': 5, tier: 0 }, ['av1']],
    ['video/AV1', { profile: 1 }, []],
    ['video/H264', { 'packetization-mode': 1, 'profile-level-id': '42e01f' }, ['h264']],
    ['video/H264', { 'packetization-mode': 0, 'profile-level-id': '42e01f' }, []],
    ['video/H264', { 'packetization-mode': 1, 'profile-level-id': '42001f' }, []],
    ['video/H264', { 'packetization-mode': 1, 'profile-level-id': '640c1f' }, []],
    ['video/H265', {}, []],
    ['video/rtx', { apt: 100 }, []],
  ])('%s with %j is %j', (mimeType, parameters, expected) => {
    expect(decodedVideoCodecs(capability(mimeType, parameters))).toEqual(expected);
  });

  it('is nothing without a list', () => {
    expect(decodedVideoCodecs({})).toEqual([]);
  });

  it('finds the codec of a producer', () => {
    const of = (mimeType: string) => videoCodecOf({ codecs: [{ mimeType, payloadType: 96, clockRate: 90_000 }] });
    expect(of('video/VP9')).toBe('vp9');
    expect(of('audio/opus')).toBeUndefined();
    expect(of('video/H265')).toBeUndefined();
  });
});

const producer = (id: string, codec?: VideoCodec, alternative?: true, source: RoomProducer['source'] = 'camera') => ({
  ...{ id, kind: 'video' as const, source, paused: false, mediaNodeId: 'm' },
  ...(codec && { codec }),
  ...(alternative && { alternative }),
});

describe('a source that is published in two codecs', () => {
  const both = [producer('first', 'vp9'), producer('second', 'vp8', true)];
  const ids = (decodes?: VideoCodec[], producers = both) => receivable(producers, decodes).map(({ id }) => id);

  it('is received in the first codec if decodable, else in the alternative', () => {
    expect(ids(['vp8', 'vp9'])).toEqual(['first']);
    expect(ids(['vp8'])).toEqual(['second']);
    expect(ids(['h264'])).toEqual([]);
  });

  it('is received in the alternative while the first is missing', () => {
    expect(ids(['vp8', 'vp9'], [both[1]!])).toEqual(['second']);
  });

  it('is left to media nodes while the decodable codecs are unknown', () => {
    expect(ids(undefined)).toEqual(['first']);
    expect(ids([])).toEqual(['first']);
  });

  it('does not affect other sources, nor producers without a named codec', () => {
    const screen = producer('screen', 'av1', undefined, 'screen');
    expect(ids(['vp8', 'av1'], [...both, screen, producer('odd', undefined, undefined, 'microphone')])).toEqual([
      'second',
      'screen',
      'odd',
    ]);
  });

  it('gives one decodable picture for each source, for any publication', () => {
    const codec = fc.constantFrom(...videoCodecSchema.options);
    const decodes = fc.uniqueArray(codec, { minLength: 1 });
    fc.assert(
      fc.property(codec, codec, decodes, (first, second, decoded) => {
        const taken = receivable([producer('a', first), producer('b', second, true)], decoded);
        expect(taken.length).toBe(decoded.includes(first) || decoded.includes(second) ? 1 : 0);
        for (const { codec } of taken) expect(decoded).toContain(codec);
      }),
    );
  });
});
