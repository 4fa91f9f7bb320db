import type { Transport } from '../transport/transport.js';
import type { AllocatedTransport } from './allocator.js';

/** A transport as its allocator sees it. */
export class Downlink implements AllocatedTransport {
  constructor(private readonly transport: Transport) {}

  get id(): string {
    return this.transport.id;
  }

  get estimate(): { readonly target: number } {
    return (this.transport as Estimated).estimate ?? UNLIMITED;
  }

  reservedBytes(): number {
    let bytes = 0;
    for (const consumer of this.transport.consumers) {
      bytes += consumer.bytesRetransmitted;
      if (consumer.kind === 'audio') bytes += consumer.bytesSent + consumer.packetsSent * HEADER_BYTES;
    }
    return bytes;
  }

  probeWanted(bitsPerSecond: number): void {
    (this.transport as Estimated).probeWanted?.(bitsPerSecond);
  }
}

/** A transport that estimates its peer's path. */
interface Estimated {
  readonly estimate?: { readonly target: number };
  probeWanted?(bitsPerSecond: number): void;
}

const UNLIMITED = { target: Number.POSITIVE_INFINITY };
/** RTP header and extensions, which estimates count as well. */
const HEADER_BYTES = 24;
