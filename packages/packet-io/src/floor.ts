import { native } from './native.js';

export interface FloorOptions {
  /** UDP ports on 127.0.0.1, one destination each; another process reads them. */
  ports: number[];
  frames: number;
  packetsPerFrame: number;
  /** Bytes of one plain RTP packet; the 16 byte tag comes on top. */
  packetBytes: number;
  /** Pace; absent: as fast as it goes. */
  framesPerSecond?: number;
}

/**
 * What forwarding costs at least on this machine: for every frame and destination AES-128-GCM of every packet with a key
 * of the destination's own, and one `sendmsg` with UDP_SEGMENT. `floorUs` is CPU time (user and system, this whole
 * process) in microseconds per packet. Blocks until it is done: run it in a process of its own.
 */
export function runFloor(options: FloorOptions): { floorUs: number; packets: number } {
  return native.runFloor({ framesPerSecond: 0, ...options });
}
