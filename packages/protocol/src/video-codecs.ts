import type { RtpCapabilities, RtpParameters, VideoCodec } from './media.js';
import { videoCodecSchema } from './media.js';
import type { RoomProducer } from './room.js';

/** The video codecs that a receiver with these capabilities decodes, in the profiles that media nodes forward. */
export function decodedVideoCodecs({ codecs = [] }: Pick<RtpCapabilities, 'codecs'>): VideoCodec[] {
  return videoCodecSchema.options.filter((codec) => codecs.some((candidate) => isProfileOf(codec, candidate)));
}

/** Undefined for sound, and for what is none of the codecs with a name here. */
export function videoCodecOf({ codecs }: Pick<RtpParameters, 'codecs'>): VideoCodec | undefined {
  return videoCodecSchema.options.find((codec) => codecs[0]?.mimeType.toLowerCase() === `video/${codec}`);
}

/**
 * Those of a participant's producers that a receiver takes: of a source that is published in two codecs the first one if
 * it decodes that, else the alternative; nothing that it does not decode. Where nothing is known to be decoded, media nodes
 * are asked about everything.
 */
export function receivable(producers: readonly RoomProducer[], decodes?: readonly VideoCodec[]): RoomProducer[] {
  const isDecoded = ({ codec }: RoomProducer) => !decodes?.length || codec === undefined || decodes.includes(codec);
  const first = new Set(producers.filter((one) => !one.alternative && isDecoded(one)).map(({ source }) => source));
  return producers.filter((one) => isDecoded(one) && !(one.alternative && first.has(one.source)));
}

function isProfileOf(codec: VideoCodec, candidate: NonNullable<RtpCapabilities['codecs']>[number]): boolean {
  if (candidate.mimeType.toLowerCase() !== `video/${codec}`) return false;
  const parameter = (name: string) => String(candidate.parameters?.[name] ?? '0');
  switch (codec) {
    case 'vp8':
      return true;
    case 'vp9':
      return parameter('profile-id') === '0';
    case 'av1':
      return parameter('profile') === '0';
    case 'h264':
      return parameter('packetization-mode') === '1' && CONSTRAINED_BASELINE.test(parameter('profile-level-id'));
  }
}

/** Of any level (RFC 6184 table 5). */
const CONSTRAINED_BASELINE = /^42[4-7c-f][0-9a-f]{3}$/i;
