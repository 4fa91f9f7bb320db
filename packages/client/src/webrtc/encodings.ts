import type { Source, VideoCodec } from '@waterbus/protocol';

/** Pixels of a captured picture; undefined while the browser does not know them yet. */
export interface PictureSize {
  width?: number | undefined;
  height?: number | undefined;
}

/**
 * The encodings of each source: a camera in up to three sizes, which VP8 and H264 send as streams
 * of their own (simulcast), VP9 and AV1 as layers of one stream (SVC); a screen in one stream of
 * one size; sound in Opus.
 */
export function sendingParameters(
  source: Source,
  size: PictureSize = {},
  codec: VideoCodec = 'vp8',
): SendingParameters {
  switch (source) {
    case 'camera':
      return {
        mimeType: `video/${codec}`,
        encodings: isLayered(codec) ? layeredEncodings(size) : cameraEncodings(size, layersOf(size)),
        codecOptions: { videoGoogleStartBitrate: START_BITRATE },
      };
    case 'screen':
      return {
        mimeType: `video/${codec}`,
        encodings: [{ maxBitrate: SCREEN_BITRATE, maxFramerate: SCREEN_FRAME_RATE, scalabilityMode: 'L1T3' }],
        codecOptions: { videoGoogleStartBitrate: START_BITRATE },
      };
    case 'microphone':
      // Discontinuous transmission and in-band forward error correction (RFC 7587 §3.1.3, §3.3):
      // speech is silent half of the time.
      return {
        mimeType: 'audio/opus',
        codecOptions: { opusStereo: false, opusDtx: true, opusFec: true, opusNack: true },
      };
    case 'screen-audio':
      // Music must not be gated, and needs more than the browsers' default of 64 kbit/s.
      return {
        mimeType: 'audio/opus',
        codecOptions: {
          opusStereo: true,
          opusDtx: false,
          opusFec: true,
          opusNack: true,
          opusMaxAverageBitrate: MUSIC_BITRATE,
        },
      };
  }
}

/**
 * `count` encodings for a camera, the smallest picture first. If a picture is too small for all of
 * them, the last ones are inactive: the number of encodings is negotiated once, but another camera
 * may replace the first.
 */
export function cameraEncodings(size: PictureSize, count: number): Encoding[] {
  const fitting = Math.min(count, layersOf(size));
  return Array.from({ length: count }, (_, layer) => {
    const scaleResolutionDownBy = layer < fitting ? 2 ** (fitting - 1 - layer) : 1;
    return {
      active: layer < fitting,
      scaleResolutionDownBy,
      maxBitrate: bitrateOf(size, scaleResolutionDownBy),
      // Temporal layers: a receiver with little bandwidth gets fewer of them.
      scalabilityMode: 'L1T3',
    };
  });
}

/**
 * The one encoding of a camera with spatial layers inside. Frames above the base layer refer to
 * other sizes in key frames only (`_KEY`), so that receivers of one size need not decode the
 * others.
 */
export function layeredEncodings(size: PictureSize): Encoding[] {
  const count = layersOf(size);
  return [
    { active: true, maxBitrate: layeredBitrate(size), scalabilityMode: count === 1 ? 'L1T3' : `L${count}T3_KEY` },
  ];
}

/**
 * The encodings of a source for a picture of this size when no receiver takes more than the spatial
 * layer `wanted`. A screen is only switched on and off. A stream with layers inside keeps them:
 * another number of them makes a new encoder, and media nodes omit layers that a receiver does not
 * take.
 */
export function fitting(source: Source, codec: VideoCodec, count: number): Fitting {
  if (source !== 'camera') return (_, wanted) => [{ active: wanted >= 0 }];
  if (isLayered(codec)) return (size, wanted) => [{ active: wanted >= 0, maxBitrate: layeredBitrate(size) }];
  return (size, wanted) =>
    cameraEncodings(size, count).map(({ active, scaleResolutionDownBy, maxBitrate }, layer) => ({
      active: active && wanted >= layer,
      scaleResolutionDownBy,
      maxBitrate,
    }));
}

export type Fitting = (size: PictureSize, wanted: number) => Partial<Encoding>[];

/** Whether a camera's sizes are layers of one stream. */
export function isLayered(codec: VideoCodec): boolean {
  return codec === 'vp9' || codec === 'av1';
}

export interface SendingParameters {
  mimeType: string;
  encodings?: Encoding[];
  codecOptions?: {
    opusStereo?: boolean;
    opusDtx?: boolean;
    opusFec?: boolean;
    /** Requests lost packets again; mediasoup-client omits it from the answer otherwise. */
    opusNack?: boolean;
    opusMaxAverageBitrate?: number;
    videoGoogleStartBitrate?: number;
  };
}

export interface Encoding {
  active?: boolean;
  scaleResolutionDownBy?: number;
  /** Bits per second. */
  maxBitrate: number;
  maxFramerate?: number;
  scalabilityMode?: string;
}

/**
 * The number of useful sizes: each half as wide as the next, the smallest no smaller than the
 * smallest tile.
 */
function layersOf(size: PictureSize): number {
  const { width, height } = known(size);
  const shorter = Math.min(width, height);
  if (shorter >= SMALLEST_LAYER * 4) return 3;
  return shorter >= SMALLEST_LAYER * 2 ? 2 : 1;
}

/** Of all layers of one stream. */
function layeredBitrate(size: PictureSize): number {
  let sum = 0;
  for (let layer = layersOf(size) - 1; layer >= 0; layer--) sum += bitrateOf(size, 2 ** layer);
  return sum;
}

/**
 * Twice the pixels need less than twice the bits. Rounded, so that equal cameras get equal figures.
 */
function bitrateOf(size: PictureSize, scale: number): number {
  const { width, height } = known(size);
  const share = (width * height) / (scale * scale) / (HD.width * HD.height);
  const bitrate = HD_BITRATE * share ** BITRATE_EXPONENT;
  return Math.round(Math.min(Math.max(bitrate, LEAST_BITRATE), MOST_BITRATE) / 10_000) * 10_000;
}

/** Replaces unknown sizes by the size that is requested of cameras. */
function known({ width, height }: PictureSize): { width: number; height: number } {
  return width && height ? { width, height } : HD;
}

const HD = { width: 1280, height: 720 };

/** Bits per second that VP8 needs for a good 720p picture at 30 fps. */
const HD_BITRATE = 1_700_000;

/**
 * Gives 500 kbit/s for 360p, 150 for 180p, which a line of 250 carries beside the sound, 3.5 Mbit/s
 * for 1080p.
 */
const BITRATE_EXPONENT = 0.88;

/**
 * Bits per second; below the first value faces are not recognizable, above the second a camera
 * gains nothing.
 */
const LEAST_BITRATE = 100_000;
const MOST_BITRATE = 4_000_000;

/**
 * Pixels of the shorter side: 180p is halved no further, and a 540p picture is the smallest that is
 * sent in three sizes.
 */
const SMALLEST_LAYER = 135;

/**
 * Kilobits per second. Chromium starts at 300 and climbs for seconds; with this value a room starts
 * with a clear picture, and the first picture of a page of text, 100 kB, takes a third of the time.
 * The same for cameras and screens: another value would reset the estimate.
 */
const START_BITRATE = 800;

/** Bits per second: small print has to stay sharp while it scrolls. */
const SCREEN_BITRATE = 2_500_000;

/**
 * Frames per second of a shared video. Browsers send fewer for a page that does not change, or that
 * needs its bits for sharpness.
 */
const SCREEN_FRAME_RATE = 30;

/** Bits per second for stereo. */
const MUSIC_BITRATE = 128_000;
