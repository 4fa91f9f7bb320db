import type { Video } from './video-stream.js';

/** A camera in three sizes, ascending: 150, 500 and 1,500 kbit/s. */
export const THREE_SIZES: readonly Video[] = [
  { width: 320, height: 180, packetBytes: 650, packetsPerFrame: 1, framesPerSecond: 30 },
  { width: 640, height: 360, packetBytes: 1_070, packetsPerFrame: 2, framesPerSecond: 30 },
  { width: 1280, height: 720, packetBytes: 1_070, packetsPerFrame: 6, framesPerSecond: 30 },
];

/**
 * One camera with 2.5 Mbit/s at 30 fps: 10,417 bytes a frame, nine packets of 1,178 bytes with
 * headers.
 */
export const ONE_SIZE: readonly Video[] = [
  { width: 1280, height: 720, packetBytes: 1_178, packetsPerFrame: 9, framesPerSecond: 30 },
];
