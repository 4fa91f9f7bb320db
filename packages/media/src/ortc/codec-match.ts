import type { RtpCodecCapability, RtpCodecParameters } from '../types.js';

type Codec = RtpCodecCapability | RtpCodecParameters;

/** Whether two entries mean the same codec; format parameters that make streams incompatible will be compared here (H264 profiles, VP9). */
export function sameCodec(a: Codec, b: Codec): boolean {
  return (
    a.mimeType.toLowerCase() === b.mimeType.toLowerCase() &&
    a.clockRate === b.clockRate &&
    (a.channels ?? 1) === (b.channels ?? 1)
  );
}

export function isRtx(codec: Codec): boolean {
  return codec.mimeType.toLowerCase() === 'video/rtx' || codec.mimeType.toLowerCase() === 'audio/rtx';
}
