import { readFileSync } from 'node:fs';
import { extractRtpCapabilities } from 'mediasoup-client/handlers/sdp/commonUtils';
import {
  canReceive,
  getExtendedRtpCapabilities,
  getRecvRtpCapabilities,
  getSendingRtpParameters,
  validateAndNormalizeRtpCapabilities,
  validateAndNormalizeRtpParameters,
} from 'mediasoup-client/ortc';
import * as sdpTransform from 'sdp-transform';
import { describe, expect, it } from 'vitest';
import type { RtpCapabilities, RtpParameters } from '../src/index.js';
import { World } from './simulation/world.js';

// The client library negotiates with the offers of real browsers: its own functions must accept our
// answers.

describe.each(['chromium', 'firefox'])('with the offer of %s', (browser) => {
  const offer = readFileSync(new URL(`./captures/offer-${browser}.sdp`, import.meta.url), 'utf8');
  const native = extractRtpCapabilities({ sdpObject: sdpTransform.parse(offer) });
  validateAndNormalizeRtpCapabilities(native);

  function negotiate() {
    const world = new World();
    const router = structuredClone(world.control.openRouter('room')) as RtpCapabilities;
    validateAndNormalizeRtpCapabilities(router as never);
    const extended = getExtendedRtpCapabilities(native, router as never, false);
    const receiver = getRecvRtpCapabilities(extended) as RtpCapabilities;
    world.control.openTransport('room', 'sending');
    world.control.openTransport('room', 'receiving');
    const produce = (kind: 'audio' | 'video', ssrc: number) => {
      const parameters = getSendingRtpParameters(kind, extended) as RtpParameters;
      parameters.mid = kind;
      parameters.encodings = [{ ssrc, ...(kind === 'video' ? { rtx: { ssrc: ssrc + 1 } } : {}) }];
      parameters.rtcp = { cname: 'browser' };
      world.control.produce({ transportId: 'sending', producerId: kind, kind, rtpParameters: parameters });
      return world.control.consume({
        transportId: 'receiving',
        consumerId: `of ${kind}`,
        producerId: kind,
        rtpCapabilities: receiver,
      }).rtpParameters;
    };
    return { extended, produce };
  }

  it('produces and consumes video', () => {
    const { extended, produce } = negotiate();
    const parameters = produce('video', 1000);
    validateAndNormalizeRtpParameters(parameters as never);
    expect(canReceive(parameters as never, getRecvRtpCapabilities(extended))).toBe(true);
    expect(parameters.codecs.map(({ mimeType, payloadType }) => [mimeType, payloadType])).toEqual([
      ['video/VP8', 101],
      ['video/rtx', 102],
    ]);
    expect(parameters.codecs[1]!.parameters).toEqual({ apt: 101 });
    expect(parameters.codecs[0]!.rtcpFeedback).toEqual(
      expect.arrayContaining([
        { type: 'nack', parameter: '' },
        { type: 'nack', parameter: 'pli' },
        { type: 'ccm', parameter: 'fir' },
        { type: 'transport-cc', parameter: '' },
      ]),
    );
    expect(parameters.encodings![0]!.rtx!.ssrc).not.toBe(parameters.encodings![0]!.ssrc);
    expect(parameters.rtcp).toEqual({ cname: 'browser', reducedSize: true });
    expect(parameters.headerExtensions!.map(({ id }) => id)).toContain(5);
  });

  it('produces and consumes sound', () => {
    const { extended, produce } = negotiate();
    const parameters = produce('audio', 2000);
    validateAndNormalizeRtpParameters(parameters as never);
    expect(canReceive(parameters as never, getRecvRtpCapabilities(extended))).toBe(true);
    expect(parameters.codecs.map(({ mimeType }) => mimeType)).toEqual(
      browser === 'chromium' ? ['audio/opus', 'audio/red'] : ['audio/opus'],
    );
    expect(parameters.codecs[0]).toMatchObject({
      mimeType: 'audio/opus',
      payloadType: 100,
      clockRate: 48000,
      channels: 2,
    });
    expect(parameters.headerExtensions!.map(({ id }) => id)).toEqual(expect.arrayContaining([5, 10]));
  });
});
