import type { AllocatedTransport } from '../allocation/allocator.js';
import type { MediaKind } from '../api/types.js';
import type { Transport } from '../transport/transport.js';

/** A transport as its allocator sees it. */
export class Downlink implements AllocatedTransport {
  constructor(private readonly transport: Transport) {}

  get id(): string {
    return this.transport.id;
  }

  get estimate(): { readonly target: number } {
    return this.transport.media.estimate;
  }

  audioBytes(): number {
    return this.bytesOf('audio');
  }

  videoBytes(): number {
    return this.bytesOf('video');
  }

  repeatedBytes(): number {
    let bytes = 0;
    for (const consumer of this.transport.consumers) bytes += consumer.retransmissions.bytes;
    return bytes;
  }

  probeWanted(bitsPerSecond: number): void {
    this.transport.media.probeWanted(bitsPerSecond);
  }

  private bytesOf(kind: MediaKind): number {
    let bytes = 0;
    for (const consumer of this.transport.consumers) {
      if (consumer.kind === kind) bytes += consumer.bytesSent + consumer.packetsSent * HEADER_BYTES;
    }
    return bytes;
  }
}

/** RTP header and extensions, which estimates count as well. */
const HEADER_BYTES = 24;
