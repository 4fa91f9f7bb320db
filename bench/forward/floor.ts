import { runFloor } from '@waterbus/packet-io/floor';
import type { Video } from './video.js';

// The floor in a process of its own: nothing but AES-128-GCM and UDP GSO, in C, on Node's own OpenSSL.

export interface FloorRequest {
  ports: number[];
  seconds: number;
  video: Video;
}

export interface FloorReply {
  type: 'done';
  floorUs: number;
}

process.on('message', ({ ports, seconds, video }: FloorRequest) => {
  const { floorUs } = runFloor({
    ports,
    frames: Math.round(seconds * video.framesPerSecond),
    framesPerSecond: video.framesPerSecond,
    packetsPerFrame: video.packetsPerFrame,
    packetBytes: video.packetBytes,
  });
  process.send?.({ type: 'done', floorUs } satisfies FloorReply);
});
process.on('disconnect', () => process.exit(0));
