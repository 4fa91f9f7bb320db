import type { PacketSocket } from '@waterbus/packet-io';
import type { MediaNodeLoad } from '../media-node.js';

export interface Warning {
  message: string;
  details: Record<string, unknown>;
}

/**
 * Reports socket buffers that the kernel reduced, with its settings; undefined when it granted the
 * full size.
 */
export function bufferWarning(
  socket: Pick<PacketSocket, 'receiveBuffer' | 'sendBuffer'>,
  requested = SOCKET_BUFFER,
): Warning | undefined {
  const denied = [
    { setting: 'net.core.rmem_max', granted: socket.receiveBuffer },
    { setting: 'net.core.wmem_max', granted: socket.sendBuffer },
  ].filter(({ granted }) => granted < requested);
  if (denied.length === 0) return undefined;
  const remedy = denied.map(({ setting }) => `${setting}=${requested}`).join(' ');
  return {
    message: `socket buffers are smaller than wanted, bursts of packets may be lost: sysctl -w ${remedy}`,
    details: { wantedBytes: requested, receiveBufferBytes: socket.receiveBuffer, sendBufferBytes: socket.sendBuffer },
  };
}

/**
 * Collects lost packets into occasional warnings: an overloaded worker must not spend its time on
 * log lines.
 */
export class OverloadLog {
  private kernelDrops = 0;
  private queueDrops = 0;
  private quietUntil = 0;

  /** Takes a report of load, and returns the warning to log, if any. `now` in milliseconds. */
  note(load: Pick<MediaNodeLoad, 'kernelDrops' | 'queueDrops' | 'cpu'>, now: number): Warning | undefined {
    this.kernelDrops += load.kernelDrops;
    this.queueDrops += load.queueDrops;
    if (this.kernelDrops + this.queueDrops === 0 || now < this.quietUntil) return undefined;
    const details = { kernelDrops: this.kernelDrops, queueDrops: this.queueDrops, cpu: load.cpu };
    this.kernelDrops = this.queueDrops = 0;
    this.quietUntil = now + QUIET;
    return { message: 'media worker loses packets: it has more to do than it can', details };
  }
}

/** Bytes: the default request of `openPacketSocket`. */
const SOCKET_BUFFER = 4 << 20;
/** Milliseconds between two warnings. */
const QUIET = 10_000;
