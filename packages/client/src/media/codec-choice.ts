import type { Source, VideoCodec } from '@waterbus/protocol';

/** What a participant decodes; undefined while nobody knows. */
export type Decodes = readonly VideoCodec[] | undefined;

export interface CodecQuestion {
  source: Source;
  /** What the application or the meeting wants. */
  wanted: VideoCodec | 'auto';
  /** What this browser encodes. */
  sends: readonly VideoCodec[];
  /** What this machine encodes in real time without having to give up picture for it. */
  carries: readonly VideoCodec[];
  /** What everybody else in the room decodes. */
  audience: readonly Decodes[];
}

/**
 * The codec in which a picture is published: the wanted one where this browser encodes it; `auto`: the first of
 * `PREFERRED` that this machine carries and everybody decodes, else VP8, which every WebRTC browser has (RFC 7742).
 */
export function chooseCodec({ wanted, sends, carries, audience }: CodecQuestion): VideoCodec {
  if (wanted !== 'auto') return sends.includes(wanted) ? wanted : FALLBACK;
  const fits = (codec: VideoCodec) => sends.includes(codec) && carries.includes(codec) && isDecodedBy(audience, codec);
  return PREFERRED.find(fits) ?? FALLBACK;
}

/**
 * The codec that a picture is published in besides `codec`: the one that most of those decode who do not decode that;
 * undefined where it would help nobody.
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

/** VP9 costs half of what AV1 does, for a good third less bits than VP8. */
const PREFERRED: readonly VideoCodec[] = ['vp9', 'av1'];

/** The cheapest first: what is encoded a second time has to fit beside the first. */
const ALTERNATIVES: readonly VideoCodec[] = ['vp8', 'h264', 'vp9', 'av1'];
