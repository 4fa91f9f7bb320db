import { describe, expect, it } from 'vitest';
import { MediaError } from '../api/errors.js';
import type { RtpCapabilities, RtpParameters } from '../api/types.js';
import { sameCodec } from './codec-match.js';
import { canConsume, consumerParameters } from './consumer-parameters.js';
import { mapProducer } from './producer-parameters.js';
import { routerCapabilities } from './router-capabilities.js';
import { validateRtpCapabilities, validateRtpParameters } from './validate.js';

const router = routerCapabilities();

const video: RtpParameters = {
  codecs: [
    {
      mimeType: 'video/vp8',
      payloadType: 96,
      clockRate: 90000,
      parameters: { 'x-google-start-bitrate': 1000 },
      rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }],
    },
    { mimeType: 'video/rtx', payloadType: 97, clockRate: 90000, parameters: { apt: 96 } },
  ],
  encodings: [{ ssrc: 5, rtx: { ssrc: 6 } }],
  rtcp: { cname: 'alice' },
};

let nextSsrc = 100;
const takeSsrc = () => nextSsrc++;

describe('router capabilities', () => {
  it('offer Opus, also redundant, and the video codecs with RTX, each payload type and extension id once', () => {
    expect(router.codecs!.map(({ mimeType, preferredPayloadType }) => [mimeType, preferredPayloadType])).toEqual([
      ['audio/opus', 100],
      ...['VP8', 'VP9', 'H264', 'H264', 'AV1'].flatMap((name, i) => [
        [`video/${name}`, 101 + 2 * i],
        ['video/rtx', 102 + 2 * i],
      ]),
      ['audio/red', 111],
    ]);
    const uris = new Map<number, string>();
    for (const { uri, preferredId } of router.headerExtensions!) {
      expect(uris.get(preferredId) ?? uri).toBe(uri);
      expect(preferredId).toBeLessThan(15);
      uris.set(preferredId, uri);
    }
  });

  it('are limited to the requested codecs', () => {
    const { codecs } = routerCapabilities([{ kind: 'audio', mimeType: 'AUDIO/OPUS', clockRate: 48000, channels: 2 }]);
    expect(codecs!.map(({ mimeType }) => mimeType)).toEqual(['audio/opus', 'audio/red']);
    expect(() => routerCapabilities([{ kind: 'video', mimeType: 'video/H265', clockRate: 90000 }])).toThrow(MediaError);
  });
});

describe('codecs are the same', () => {
  const codec = (name: string, parameters: Record<string, string | number> = {}) => ({
    ...{ kind: 'video' as const, mimeType: `video/${name}`, clockRate: 90000, parameters },
  });
  const h264 = (id: string, mode = 1) => codec('H264', { 'profile-level-id': id, 'packetization-mode': mode });

  it.each([
    ['whatever the level', h264('42e01f'), h264('42E034'), true],
    ['as constrained baseline, however that is written', h264('42e01f'), h264('4d801f'), true],
    ['not with another profile', h264('42e01f'), h264('42001f'), false],
    ['not with another profile, either', h264('42e01f'), h264('640c1f'), false],
    ['not with another packetization', h264('42e01f'), h264('42e01f', 0), false],
    ['in profile 0 of VP9 unless they name another', codec('VP9'), codec('vp9', { 'profile-id': '0' }), true],
    ['not with another profile of VP9', codec('VP9', { 'profile-id': 2 }), codec('VP9', { 'profile-id': 0 }), false],
    ['in the main profile of AV1', codec('AV1'), codec('AV1', { profile: 0, tier: 0 }), true],
    ['not with another profile of AV1', codec('AV1'), codec('AV1', { profile: 1 }), false],
  ])('%s', (_what, a, b, expected) => {
    expect(sameCodec(a, b)).toBe(expected);
  });
});

describe('a scalability mode', () => {
  const layers = (mimeType: string, ...modes: string[]) => {
    const encodings = modes.map((scalabilityMode, i) => ({ rid: `r${i}`, scalabilityMode }));
    const codecs = [{ mimeType, payloadType: 96, clockRate: 90000, parameters: {} }];
    const { encoding } = mapProducer('video', validateRtpParameters({ ...video, codecs, encodings }), router);
    return [encoding.streams.length, encoding.spatialLayers, encoding.temporalLayers];
  };

  it.each([
    ['video/VP9', ['L3T3_KEY'], [1, 3, 3]],
    ['video/AV1', ['L2T1h'], [1, 2, 1]],
    ['video/AV1', ['L2T2_KEY_SHIFT'], [1, 2, 2]],
    ['video/VP8', ['L1T2', 'L1T3'], [2, 1, 3]],
  ])('of %s %j declares layers', (mimeType, modes, expected) => {
    expect(layers(mimeType, ...modes)).toEqual(expected);
  });

  it.each([
    ['video/VP9', ['S3T3'], 'S3T3 puts independent layers into one stream; send them as encodings of their own'],
    ['video/VP9', ['L9T9'], 'L9T9 is unknown'],
    ['video/VP8', ['L3T3'], 'L3T3 is none of video/vp8'],
    ['video/VP9', ['L2T1', 'L1T1'], 'L2T1 has spatial layers within one of several encodings'],
  ])('of %s %j is refused', (mimeType, modes, reason) => {
    const message = `encodings[0].scalabilityMode ${reason}`;
    expect(() => layers(mimeType, ...modes)).toThrow(new MediaError('invalid-parameters', message));
  });
});

describe('a producer', () => {
  it('gets the router’s payload types, and keeps its encoding parameters', () => {
    const { encoding, consumable } = mapProducer('video', validateRtpParameters(video), router);
    expect(encoding).toMatchObject({
      payloadType: 96,
      rtxPayloadType: 97,
      clockRate: 90000,
      nack: true,
      fullIntraOnly: false,
      streams: [{ ssrc: 5, rtxSsrc: 6 }],
    });
    expect(consumable.codecs.map(({ payloadType }) => payloadType)).toEqual([101, 102]);
    expect(consumable.codecs[0]!.parameters).toEqual({ 'x-google-start-bitrate': 1000 });
    expect(consumable.rtcp).toEqual({ cname: 'alice', reducedSize: true });
    // Receivers are distinguished by SSRC; mid and rid are a publisher's.
    expect(consumable.headerExtensions!.some(({ uri }) => uri.includes('sdes'))).toBe(false);
  });

  it('may name its codec by payload type', () => {
    const parameters = validateRtpParameters({
      ...video,
      codecs: [{ mimeType: 'video/VP9', payloadType: 98, clockRate: 90000 }, ...video.codecs],
      encodings: [{ ssrc: 5, codecPayloadType: 96 }],
    });
    expect(mapProducer('video', parameters, router).encoding.payloadType).toBe(96);
    expect(() => mapProducer('audio', parameters, router)).toThrow(MediaError);
  });
});

describe('the streams of a simulcast publisher', () => {
  const rids = (encodings: RtpParameters['encodings']) =>
    mapProducer('video', validateRtpParameters({ ...video, encodings }), router).encoding.streams.map(({ rid }) => rid);

  it('are ascending in quality: by size, else by bit rate, else as listed', () => {
    expect(rids([{ rid: 'a' }, { rid: 'b' }])).toEqual(['a', 'b']);
    const sizes = [1, 4, 2].map((scaleResolutionDownBy) => ({
      rid: `r${scaleResolutionDownBy}`,
      scaleResolutionDownBy,
    }));
    expect(rids(sizes)).toEqual(['r4', 'r2', 'r1']);
    expect(rids([900, 100].map((maxBitrate) => ({ rid: `r${maxBitrate}`, maxBitrate })))).toEqual(['r100', 'r900']);
  });

  it.each([
    ['encodings has a rid twice', [{ rid: 'a' }, { rid: 'a' }]],
    ['encodings[1] has neither ssrc nor rid to recognize its packets by', [{ rid: 'a' }, {}]],
  ])('need distinct identities: %s', (message, encodings) => {
    expect(() => rids(encodings)).toThrow(new MediaError('invalid-parameters', message));
  });
});

it('treats the empty name of a simulcast publisher as none', () => {
  const parameters = validateRtpParameters({
    ...video,
    rtcp: { cname: '' },
    encodings: [{ rid: 'r0' }, { rid: 'r1' }],
  });
  expect(mapProducer('video', parameters, router).consumable.rtcp).toEqual({ cname: '', reducedSize: true });
});

describe('a consumer', () => {
  const { consumable } = mapProducer('video', validateRtpParameters(video), router);

  it('gets RTX with an SSRC of its own where the receiver takes it', () => {
    const parameters = consumerParameters(consumable, validateRtpCapabilities(router), '7', takeSsrc);
    expect(parameters).toMatchObject({ mid: '7', rtcp: { cname: 'alice', reducedSize: true } });
    expect(parameters.encodings![0]).toEqual({ ssrc: nextSsrc - 2, rtx: { ssrc: nextSsrc - 1 } });
  });

  it('gets no RTX otherwise, and only the feedback and extensions that both have', () => {
    const receiver: RtpCapabilities = {
      codecs: [
        {
          kind: 'video',
          mimeType: 'video/VP8',
          clockRate: 90000,
          preferredPayloadType: 101,
          rtcpFeedback: [{ type: 'transport-cc' }, { type: 'nack', parameter: 'pli' }, { type: 'goog-remb' }],
        },
      ],
      headerExtensions: [{ kind: 'video', uri: 'urn:3gpp:video-orientation', preferredId: 11 }],
    };
    const parameters = consumerParameters(consumable, validateRtpCapabilities(receiver), '7', takeSsrc);
    expect(parameters.codecs).toHaveLength(1);
    expect(parameters.encodings![0]!.rtx).toBeUndefined();
    // Without the transport-wide sequence number feedback has no subject.
    expect(parameters.codecs[0]!.rtcpFeedback).toEqual([{ type: 'nack', parameter: 'pli' }]);
    expect(parameters.headerExtensions).toEqual([
      { uri: 'urn:3gpp:video-orientation', id: 11, encrypt: false, parameters: {} },
    ]);
    expect(canConsume(consumable, { codecs: [] })).toBe(false);
  });

  it('does not share its dictionaries with another', () => {
    const one = consumerParameters(consumable, validateRtpCapabilities(router), '1', takeSsrc);
    const another = consumerParameters(consumable, validateRtpCapabilities({ codecs: router.codecs }), '2', takeSsrc);
    expect(one.codecs[0]!.rtcpFeedback).toContainEqual({ type: 'transport-cc', parameter: '' });
    expect(another.codecs[0]!.rtcpFeedback).not.toContainEqual({ type: 'transport-cc', parameter: '' });
  });
});

describe('refusals', () => {
  it.each([
    ['codecs is no array', {}],
    ['codecs[0].mimeType is no audio or video MIME type', { codecs: [{ mimeType: 'text/plain' }] }],
    ['codecs[0].payloadType is not within 0 to 127', { codecs: [{ ...video.codecs[0], payloadType: 128 }] }],
    ['encodings[0].ssrc is no integer', { ...video, encodings: [{ ssrc: '5' }] }],
    ['headerExtensions[0].id is not within 1 to 255', { ...video, headerExtensions: [{ uri: 'u', id: 0 }] }],
    ['mid has not 1 to 64 characters', { ...video, mid: 'x'.repeat(65) }],
    ['encodings has more than 8 members', { ...video, encodings: new Array(9).fill({}) }],
  ])('name the problem: %s', (message, value) => {
    expect(() => validateRtpParameters(value)).toThrow(new MediaError('invalid-parameters', message));
  });
});
