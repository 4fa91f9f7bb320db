import type { RtpCapabilities, RtpParameters } from '@waterbus/media';
import { SOUND_PAYLOAD_TYPE } from './sound-stream.js';
import { rtxSsrc, soundSsrc, videoSsrc } from './ssrcs.js';
import { AUDIO_LEVEL_ID, TRANSPORT_WIDE_ID } from './stream.js';
import { RTX_PAYLOAD_TYPE, VIDEO_PAYLOAD_TYPE, type Video } from './video-stream.js';

/**
 * The RTP parameters of publisher number `index` for this kind; `videos`: the encodings of its
 * picture.
 */
export function publishedParameters(
  videos: readonly Video[],
  kind: 'audio' | 'video',
  index: number,
  cname: string,
): RtpParameters {
  const transportWide = { uri: TRANSPORT_WIDE_URI, id: TRANSPORT_WIDE_ID };
  if (kind === 'audio') {
    return {
      codecs: SOUND_CODECS,
      headerExtensions: [transportWide, { uri: AUDIO_LEVEL_URI, id: AUDIO_LEVEL_ID }],
      encodings: [{ ssrc: soundSsrc(index) }],
      rtcp: { cname },
    };
  }
  return {
    codecs: VIDEO_CODECS,
    headerExtensions: [transportWide],
    encodings: videos.map((_, i) => ({ ssrc: videoSsrc(index, i), rtx: { ssrc: rtxSsrc(index, i) } })),
    rtcp: { cname },
  };
}

const FEEDBACK = [{ type: 'nack' }, { type: 'transport-cc' }];
/** With retransmissions, which serve as probes of the receivers' paths. */
const VIDEO_CODECS = [
  {
    mimeType: 'video/VP8',
    payloadType: VIDEO_PAYLOAD_TYPE,
    clockRate: 90_000,
    rtcpFeedback: [...FEEDBACK, { type: 'nack', parameter: 'pli' }],
  },
  {
    mimeType: 'video/rtx',
    payloadType: RTX_PAYLOAD_TYPE,
    clockRate: 90_000,
    parameters: { apt: VIDEO_PAYLOAD_TYPE },
  },
];
const SOUND_CODECS = [
  {
    mimeType: 'audio/opus',
    payloadType: SOUND_PAYLOAD_TYPE,
    clockRate: 48_000,
    channels: 2,
    rtcpFeedback: FEEDBACK,
  },
];
export const TRANSPORT_WIDE_URI = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
const AUDIO_LEVEL_URI = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';

/** What the tester receives: sound, and the pictures that it sends, with retransmissions. */
export const RECEIVED: RtpCapabilities = {
  codecs: [
    ...SOUND_CODECS.map(({ payloadType, ...codec }) => ({
      ...codec,
      kind: 'audio' as const,
      preferredPayloadType: payloadType,
    })),
    ...VIDEO_CODECS.map(({ payloadType, ...codec }) => ({
      ...codec,
      kind: 'video' as const,
      preferredPayloadType: payloadType,
    })),
  ],
  headerExtensions: (['audio', 'video'] as const).map((kind) => ({
    kind,
    uri: TRANSPORT_WIDE_URI,
    preferredId: TRANSPORT_WIDE_ID,
  })),
};
