import { readFileSync } from 'node:fs';
import { type RtpCapabilities, rtpCapabilitiesSchema } from '@waterbus/protocol';
import { extractRtpCapabilities } from 'mediasoup-client/handlers/sdp/commonUtils';
import * as ortc from 'mediasoup-client/ortc';
import * as sdpTransform from 'sdp-transform';
import { describe, expect, it } from 'vitest';
import { capabilitiesFor, deviceCapabilities } from './device-capabilities.js';

const video = { kind: 'video' as const };
const codecs = [{ ...video, mimeType: 'video/VP8', preferredPayloadType: 96, clockRate: 90_000 }];

it('gives extensions the ids of the router, by kind, and leaves out those that either side lacks', () => {
  const device = {
    codecs,
    headerExtensions: [
      { ...video, uri: 'urn:a', preferredId: 3 },
      { ...video, uri: 'urn:unknown', preferredId: 4 },
      { kind: 'audio' as const, uri: 'urn:b', preferredId: 5 },
    ],
  };
  const router = {
    headerExtensions: [
      { ...video, uri: 'urn:a', preferredId: 7 },
      { ...video, uri: 'urn:b', preferredId: 8 },
    ],
  };
  expect(deviceCapabilities(device, router)).toEqual({
    codecs,
    headerExtensions: [{ ...video, uri: 'urn:a', preferredId: 7 }],
  });
});

it('accepts capabilities without any entry', () => {
  expect(deviceCapabilities({}, {})).toEqual({ codecs: undefined, headerExtensions: [] });
});

describe('for a producer', () => {
  const vp8 = { ...video, mimeType: 'video/VP8', preferredPayloadType: 96, clockRate: 90_000 };
  const rtxOf = (apt: number) => ({
    ...{ kind: 'video' as const, mimeType: 'video/rtx', preferredPayloadType: apt + 1, clockRate: 90_000 },
    parameters: { apt },
  });
  const h264 = [98, 100].map((preferredPayloadType) => ({ ...vp8, mimeType: 'video/H264', preferredPayloadType }));
  const audio = { kind: 'audio' as const, clockRate: 48_000, channels: 2 };
  const sound = ['audio/opus', 'audio/red'].map((mimeType) => ({ ...audio, mimeType }));
  const receiver = {
    codecs: [vp8, rtxOf(96), ...h264, rtxOf(98), rtxOf(100), ...sound],
    headerExtensions: [{ ...video, uri: 'urn:a', preferredId: 3 }],
  };
  const of = (...codecs: object[]) => ({ ...receiver, codecs });

  it.each([
    ['a sound, both forms of it', { kind: 'audio' as const }, of(...sound)],
    ['VP8, with its repair', { ...video, codec: 'vp8' as const }, of(vp8, rtxOf(96))],
    ['H264, every profile', { ...video, codec: 'h264' as const }, of(...h264, rtxOf(98), rtxOf(100))],
    ['a codec without a name, every codec', video, of(vp8, ...h264, rtxOf(96), rtxOf(98), rtxOf(100))],
    ['a codec that is not decoded, none', { ...video, codec: 'av1' as const }, of()],
  ])('leave %s', (_, producer, expected) => {
    expect(capabilitiesFor(producer, receiver)).toEqual(expected);
  });
});

/** The relevant part of a router's capabilities. */
const router: RtpCapabilities = {
  codecs: [
    { kind: 'audio', mimeType: 'audio/opus', preferredPayloadType: 100, clockRate: 48_000, channels: 2 },
    { kind: 'video', mimeType: 'video/VP8', preferredPayloadType: 101, clockRate: 90_000 },
    { kind: 'video', mimeType: 'video/rtx', preferredPayloadType: 102, clockRate: 90_000, parameters: { apt: 101 } },
  ],
  headerExtensions: [
    'urn:ietf:params:rtp-hdrext:sdes:mid',
    'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
    'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
    'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
  ].flatMap((uri, index) =>
    (['audio', 'video'] as const).map((kind) => ({
      kind,
      uri,
      preferredId: 10 + index,
      direction: 'sendrecv' as const,
    })),
  ),
};

describe.each(['chromium', 'firefox'])('of %s', (browser) => {
  const capture = `../../../../../packages/media/test/captures/offer-${browser}.sdp`;
  const sdpObject = sdpTransform.parse(readFileSync(new URL(capture, import.meta.url), 'utf8'));
  const native = extractRtpCapabilities({ sdpObject });
  ortc.validateAndNormalizeRtpCapabilities(native);
  const loaded = structuredClone(router);
  ortc.validateAndNormalizeRtpCapabilities(loaded as never);
  const known = ortc.getRecvRtpCapabilities(ortc.getExtendedRtpCapabilities(native, loaded as never, false));
  const aligned = deviceCapabilities(rtpCapabilitiesSchema.parse(native), loaded);

  it('are within the bounds of a request', () => {
    expect(JSON.stringify(native).length).toBeLessThan(32 * 1024);
  });

  it('name the same extensions as a device with the router’s capabilities', () => {
    const names = ({ headerExtensions = [] }: Pick<RtpCapabilities, 'headerExtensions'>) =>
      headerExtensions.map(({ kind, uri, preferredId }) => `${kind} ${uri} ${preferredId}`).toSorted();
    expect(names(aligned)).toEqual(names(known as RtpCapabilities));
  });

  it('hold each codec of such a device, and its retransmission codec', () => {
    const media = (known.codecs ?? []).filter(({ mimeType }) => !mimeType.endsWith('/rtx'));
    expect(media.length).toBe(2);
    for (const { mimeType, preferredPayloadType, rtcpFeedback = [] } of media) {
      const own = aligned.codecs!.find((codec) => codec.mimeType.toLowerCase() === mimeType.toLowerCase())!;
      expect(own.rtcpFeedback).toEqual(expect.arrayContaining(rtcpFeedback));
      const resends = (codecs: RtpCapabilities['codecs'] = [], payloadType: number | undefined) =>
        codecs.some((codec) => codec.mimeType.endsWith('/rtx') && codec.parameters?.apt === payloadType);
      expect(resends(aligned.codecs, own.preferredPayloadType)).toBe(
        resends(known.codecs as RtpCapabilities['codecs'], preferredPayloadType),
      );
    }
  });
});
