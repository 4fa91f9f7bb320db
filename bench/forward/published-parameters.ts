import type { RtpParameters } from '@waterbus/media';
import type { Case } from './cases.js';
import { rtxSsrc, soundSsrc, videoSsrc } from './ssrcs.js';
import {
  AUDIO_LEVEL_ID,
  RTX_PAYLOAD_TYPE,
  SOUND_PAYLOAD_TYPE,
  TRANSPORT_WIDE_ID,
  VIDEO_PAYLOAD_TYPE,
} from './streams.js';

/** The RTP parameters of publisher number `index` for this kind. */
export function publishedParameters(
  { videos }: Case,
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
const TRANSPORT_WIDE_URI = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
const AUDIO_LEVEL_URI = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
