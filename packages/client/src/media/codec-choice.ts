import type { Source, VideoCodec } from '@waterbus/protocol';

/** The codecs that a participant decodes; undefined while they are unknown. */
export type Decodes = readonly VideoCodec[] | undefined;

export interface CodecQuestion {
  source: Source;
  /** The setting of the application or the meeting. */
  wanted: VideoCodec | 'auto';
  /** The codecs that this browser encodes. */
  sends: readonly VideoCodec[];
  /** The codecs that this machine encodes in real time without a loss of quality. */
  carries: readonly VideoCodec[];
  /** The codecs that every other participant in the room decodes. */
  audience: readonly Decodes[];
}

/**
 * The codec in which a picture is published: the wanted one where this browser encodes it; `auto`:
 * the first of `PREFERRED` that this machine carries and all participants decode, else VP8, which
 * every WebRTC browser has (RFC 7742).
 */
export function chooseCodec({ wanted, sends, carries, audience }: CodecQuestion): VideoCodec {
  if (wanted !== 'auto') return sends.includes(wanted) ? wanted : FALLBACK;
  const fits = (codec: VideoCodec) => sends.includes(codec) && carries.includes(codec) && isDecodedBy(audience, codec);
  return PREFERRED.find(fits) ?? FALLBACK;
}

/**
 * The codec in which a picture is published besides `codec`: the one that most of the participants
 * that do not decode `codec` decode; undefined where it would help none.
 */
export function alternativeTo(
  codec: VideoCodec,
  sends: readonly VideoCodec[],
  audience: readonly Decodes[],
): VideoCodec | undefined {
  const without = audience.filter((decodes) => decodes !== undefined && !decodes.includes(codec));
  let best: { codec: VideoCodec; helped: number } | undefined;
  for (const candidate of ALTERNATIVES) {
    if (candidate === codec || !sends.includes(candidate)) continue;
    const helped = without.filter((decodes) => decodes?.includes(candidate)).length;
    if (helped > (best?.helped ?? 0)) best = { codec: candidate, helped };
  }
  return best?.codec;
}

function isDecodedBy(audience: readonly Decodes[], codec: VideoCodec): boolean {
  return audience.every((decodes) => decodes === undefined || decodes.includes(codec));
}

const FALLBACK: VideoCodec = 'vp8';

/** VP9 costs half of what AV1 does, and needs a good third fewer bits than VP8. */
const PREFERRED: readonly VideoCodec[] = ['vp9', 'av1'];

/** The cheapest first: a second encoding has to fit beside the first. */
const ALTERNATIVES: readonly VideoCodec[] = ['vp8', 'h264', 'vp9', 'av1'];
