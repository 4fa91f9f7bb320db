import type { RtpCapabilities, RtpParameters, VideoCodec } from './media.js';
import { videoCodecSchema } from './media.js';
import type { RoomProducer } from './room.js';

/**
 * The video codecs that a receiver with these capabilities decodes, in the profiles that media
 * nodes forward.
 */
export function decodedVideoCodecs({ codecs = [] }: Pick<RtpCapabilities, 'codecs'>): VideoCodec[] {
  return videoCodecSchema.options.filter((codec) => codecs.some((candidate) => isProfileOf(codec, candidate)));
}

/** Undefined for sound, and for a codec without a name here. */
export function videoCodecOf({ codecs }: Pick<RtpParameters, 'codecs'>): VideoCodec | undefined {
  return videoCodecSchema.options.find((codec) => codecs[0]?.mimeType.toLowerCase() === `video/${codec}`);
}

/**
 * The producers of a participant that a receiver consumes: of a source published in two codecs the
 * first producer if the receiver decodes it, else the alternative; none that it does not decode.
 * While its codecs are unknown, codecs exclude no producer: media nodes decide.
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
