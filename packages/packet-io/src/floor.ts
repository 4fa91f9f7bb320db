import { hooks } from './hooks.js';

export interface FloorOptions {
  /** UDP ports on 127.0.0.1, one destination each; another process reads them. */
  ports: number[];
  /** To each destination. */
  packets: number;
  /** Mean number of packets per call, 1 or more. */
  runLength: number;
  /**
   * Bytes of plain RTP packets, by run, then from the first again; the 16-byte tag is added to
   * each.
   */
  packetBytes: number[];
  /** Pace of each destination; absent: as fast as possible. */
  packetsPerSecond?: number;
  /** UDP port to send from and to read feedback at; absent: any. */
  port?: number;
}

export interface Floor {
  floorUs: number;
  packets: number;
  /** Datagrams of feedback that were read and decrypted. */
  feedback: number;
}

/**
 * The minimum cost of forwarding on this machine: for every run and destination AES-128-GCM of
 * every packet with a key of the destination's own, and one `sendmsg` with UDP_SEGMENT. Feedback
 * that arrives meanwhile is read and decrypted. `floorUs` is CPU time (user and system, this whole
 * process) in microseconds per packet. Blocks until it is done: run it in a process of its own.
 */
export function runFloor(options: FloorOptions): Floor {
  return hooks.runFloor({ packetsPerSecond: 0, port: 0, ...options });
}
