import type { RtpCodecCapability, RtpCodecParameters } from '../api/types.js';

type Codec = RtpCodecCapability | RtpCodecParameters;

/**
 * Whether two entries are the same codec, with the format parameters that make streams
 * incompatible.
 */
export function sameCodec(a: Codec, b: Codec): boolean {
  const mimeType = a.mimeType.toLowerCase();
  if (mimeType !== b.mimeType.toLowerCase() || a.clockRate !== b.clockRate) return false;
  if ((a.channels ?? 1) !== (b.channels ?? 1)) return false;
  if (mimeType === 'video/h264') {
    return sameNumber(a, b, 'packetization-mode', 0) && h264Profile(a) === h264Profile(b);
  }
  if (mimeType === 'video/vp9') return sameNumber(a, b, 'profile-id', 0);
  return mimeType !== 'video/av1' || sameNumber(a, b, 'profile', 0);
}

function sameNumber(a: Codec, b: Codec, name: string, byDefault: number): boolean {
  return Number(a.parameters?.[name] ?? byDefault) === Number(b.parameters?.[name] ?? byDefault);
}

/**
 * The part of a profile-level-id that names the profile (RFC 6184 table 5); levels may differ,
 * because each side states its own.
 */
function h264Profile(codec: Codec): string {
  const id = String(codec.parameters?.['profile-level-id'] ?? DEFAULT_PROFILE_LEVEL_ID).toLowerCase();
  if (!/^[0-9a-f]{6}$/.test(id)) return id;
  const profile = Number.parseInt(id.slice(0, 2), 16);
  const constraints = Number.parseInt(id.slice(2, 4), 16);
  const isConstrainedBaseline =
    (profile === 0x42 && (constraints & 0x40) !== 0) ||
    (profile === 0x4d && (constraints & 0x80) !== 0) ||
    (profile === 0x58 && (constraints & 0xc0) === 0xc0);
  if (isConstrainedBaseline) return 'constrained-baseline';
  if (profile === 0x42 || (profile === 0x58 && (constraints & 0x80) !== 0)) return 'baseline';
  if (profile === 0x64 && constraints === 0x0c) return 'constrained-high';
  return profile.toString(16);
}

/** RFC 6184 section 8.1: without the parameter, Baseline at level 1. */
const DEFAULT_PROFILE_LEVEL_ID = '42000a';

/** Redundant sound (RFC 2198): another form of a codec, no codec of its own. */
export function isRed(codec: Codec): boolean {
  return codec.mimeType.toLowerCase() === 'audio/red';
}

export function isRtx(codec: Codec): boolean {
  return codec.mimeType.toLowerCase() === 'video/rtx' || codec.mimeType.toLowerCase() === 'audio/rtx';
}
