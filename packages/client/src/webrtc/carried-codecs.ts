import type { VideoCodec } from '@waterbus/protocol';

/**
 * The codecs beyond VP8 that this machine encodes in real time with ease, as far as the browser
 * reports it: a camera in three layers is smooth, and an encoder in hardware or enough cores
 * suffice. Never rejects.
 */
export async function carriedCodecs(): Promise<readonly VideoCodec[]> {
  const { mediaCapabilities, hardwareConcurrency = 0 } = globalThis.navigator ?? {};
  if (!mediaCapabilities) return ['vp8'];
  const carried = await Promise.all(
    (['vp9', 'av1'] as const).map(async (codec) => {
      const info = await mediaCapabilities
        .encodingInfo({
          type: 'webrtc',
          video: {
            ...{
              contentType: `video/${codec.toUpperCase()}`,
              width: 1280,
              height: 720,
              bitrate: 2_000_000,
              framerate: 30,
            },
            scalabilityMode: 'L3T3_KEY',
          },
        })
        .catch(() => undefined);
      if (!info?.supported || !info.smooth) return [];
      return info.powerEfficient || hardwareConcurrency >= CORES[codec] ? [codec] : [];
    }),
  );
  return ['vp8', ...carried.flat()];
}

/** Logical cores from which three layers of 720p take less than a quarter of them in software. */
const CORES = { vp9: 8, av1: 16 };
