import { describe, expect, it } from 'vitest';
import { MediaError } from '../errors.js';
import type { RtpCapabilities, RtpParameters } from '../types.js';
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
  it('offer Opus and VP8 with RTX, each payload type and extension id once', () => {
    expect(router.codecs!.map(({ mimeType, preferredPayloadType }) => [mimeType, preferredPayloadType])).toEqual([
      ['audio/opus', 100],
      ['video/VP8', 101],
      ['video/rtx', 102],
    ]);
    const uris = new Map<number, string>();
    for (const { uri, preferredId } of router.headerExtensions!) {
      expect(uris.get(preferredId) ?? uri).toBe(uri);
      expect(preferredId).toBeLessThan(15);
      uris.set(preferredId, uri);
    }
  });

  it('are limited to the codecs asked for', () => {
    const { codecs } = routerCapabilities([{ kind: 'audio', mimeType: 'AUDIO/OPUS', clockRate: 48000, channels: 2 }]);
    expect(codecs).toHaveLength(1);
    expect(() => routerCapabilities([{ kind: 'video', mimeType: 'video/H265', clockRate: 90000 }])).toThrow(MediaError);
  });
});

describe('a producer', () => {
  it('gets the router’s payload types, and keeps how its stream is coded', () => {
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
    // Receivers are told apart by SSRC; mid and rid are a publisher's.
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
  ])('are told apart: %s', (message, encodings) => {
    expect(() => rids(encodings)).toThrow(new MediaError('invalid-parameters', message));
  });
});

it('takes the empty name of a simulcast publisher for none', () => {
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

  it('gets none otherwise, and only feedback and extensions that both have', () => {
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
    // Without the transport-wide sequence number there is nothing to give feedback about.
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
  ])('say what is wrong: %s', (message, value) => {
    expect(() => validateRtpParameters(value)).toThrow(new MediaError('invalid-parameters', message));
  });
});
