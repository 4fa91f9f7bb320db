import type { Source } from '@waterbus/protocol';

/** How each source is encoded: one stream each, VP8 for pictures, Opus for sound. */
export function sendingParameters(source: Source): SendingParameters {
  switch (source) {
    case 'camera':
      return {
        mimeType: 'video/vp8',
        encodings: [{ maxBitrate: CAMERA_BITRATE }],
        codecOptions: { videoGoogleStartBitrate: CAMERA_START_BITRATE },
      };
    case 'screen':
      return { mimeType: 'video/vp8', encodings: [{ maxBitrate: SCREEN_BITRATE }] };
    case 'microphone':
      // Discontinuous transmission and in-band forward error correction (RFC 7587 §3.1.3, §3.3): speech is silent half of the time.
      return { mimeType: 'audio/opus', codecOptions: { opusStereo: false, opusDtx: true, opusFec: true } };
    case 'screen-audio':
      // Music must not be gated.
      return { mimeType: 'audio/opus', codecOptions: { opusStereo: true, opusDtx: false, opusFec: true } };
  }
}

export interface SendingParameters {
  mimeType: string;
  encodings?: { maxBitrate: number }[];
  codecOptions?: { opusStereo?: boolean; opusDtx?: boolean; opusFec?: boolean; videoGoogleStartBitrate?: number };
}

/** Bits per second that VP8 needs for a good 720p picture at 30 fps. */
const CAMERA_BITRATE = 1_800_000;

/** Kilobits per second. Chromium starts at 300 and climbs for seconds; a room opens with a clear picture instead. */
const CAMERA_START_BITRATE = 800;

/** Bits per second: small print has to stay sharp while it scrolls. */
const SCREEN_BITRATE = 2_500_000;
