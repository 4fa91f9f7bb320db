import { Chrome111 } from 'mediasoup-client/handlers/Chrome111';
import { RemoteSdp } from 'mediasoup-client/handlers/sdp/RemoteSdp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type AnsweredStream, addRedundancy, type RemoteDescription, withRedundantSound } from './redundant-sound.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

const opus = () => ({
  mimeType: 'audio/opus',
  payloadType: 111,
  clockRate: 48000,
  channels: 2,
  parameters: {},
  rtcpFeedback: [],
});

function stream(format = '111/111'): AnsweredStream {
  return {
    offerMediaObject: {
      type: 'audio',
      rtp: [
        { payload: 111, codec: 'opus', rate: 48000, encoding: 2 },
        { payload: 63, codec: 'red', rate: 48000, encoding: 2 },
      ],
      fmtp: [{ payload: 63, config: format }],
    },
    offerRtpParameters: { codecs: [opus()], headerExtensions: [], encodings: [{ ssrc: 1 }], rtcp: {} },
    answerRtpParameters: { codecs: [opus()], headerExtensions: [], encodings: [], rtcp: {} },
    codecOptions: { opusStereo: false, opusDtx: true, opusNack: true },
  };
}

const sendable = {
  codecs: [{ kind: 'audio' as const, mimeType: 'audio/red', preferredPayloadType: 110, clockRate: 48000, channels: 2 }],
};
const payloadTypes = ({ codecs }: { codecs: { payloadType: number }[] }) =>
  codecs.map(({ payloadType }) => payloadType);

describe('redundant sound', () => {
  it('is answered before Opus and announced after it, for speech whose offer has it', () => {
    const offered = stream();
    addRedundancy(offered);
    expect(payloadTypes(offered.answerRtpParameters)).toEqual([63, 111]);
    expect(payloadTypes(offered.offerRtpParameters)).toEqual([111, 63]);

    const music = { ...stream(), codecOptions: { opusStereo: true } };
    const other = stream('112/112');
    const none = stream();
    none.offerMediaObject.rtp.pop();
    for (const unchanged of [music, other, none]) {
      addRedundancy(unchanged);
      expect(payloadTypes(unchanged.answerRtpParameters)).toEqual([111]);
      expect(payloadTypes(unchanged.offerRtpParameters)).toEqual([111]);
    }
  });

  it('reaches the description that mediasoup-client makes', () => {
    const description = new RemoteSdp({
      iceParameters: { usernameFragment: 'u', password: 'p', iceLite: true },
      iceCandidates: [],
      dtlsParameters: { role: 'server', fingerprints: [{ algorithm: 'sha-256', value: 'AB' }] },
    });
    const transport = { handler: { _remoteSdp: description } } as never;
    withRedundantSound(transport, sendable);
    const { offerMediaObject, ...offered } = stream();
    const section = { mid: '0', protocol: 'UDP/TLS/RTP/SAVPF', ...offerMediaObject };
    (description as unknown as RemoteDescription).send({ offerMediaObject: section, ...offered });
    const sdp = description.getSdp();
    expect(sdp).toContain('m=audio 7 UDP/TLS/RTP/SAVPF 63 111');
    expect(sdp).toContain('a=rtpmap:63 red/48000/2');
    expect(sdp).toContain('a=fmtp:63 =111/111');
  });

  it('does not change a transport whose server does not accept it', () => {
    const send = vi.fn();
    const handler = { _remoteSdp: { send } };
    withRedundantSound({ handler } as never, { codecs: [] });
    expect(handler._remoteSdp.send).toBe(send);
  });

  it('finds the replaced function in the handler of Chromium', () => {
    vi.stubGlobal(
      'RTCPeerConnection',
      class {
        addEventListener() {}
        close() {}
      },
    );
    vi.stubGlobal('MediaStream', class {});
    const handler = Chrome111.createFactory().factory({
      direction: 'send',
      iceParameters: { usernameFragment: 'u', password: 'p', iceLite: true },
      iceCandidates: [],
      dtlsParameters: { role: 'server', fingerprints: [{ algorithm: 'sha-256', value: 'AB' }] },
      getSendExtendedRtpCapabilities: () => ({ codecs: [], headerExtensions: [] }),
    } as never) as unknown as { _remoteSdp: RemoteDescription };
    expect(handler._remoteSdp.send).toBeInstanceOf(Function);
  });
});
