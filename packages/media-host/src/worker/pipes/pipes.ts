import type { DtlsParameters, TransportParameters } from '@waterbus/media';
import { type AddressRecord, addressRecord } from '@waterbus/packet-io';
import type { OpenPipeRequest, PipeCalls } from '../../calls/media-calls.js';
import { MediaNodeError, type PipeFigures } from '../../media-node.js';
import { Pipe, type PipeTraffic } from './pipe.js';

/** The pipes that end at transports of this worker. */
export class Pipes implements PipeCalls {
  /** By the near transport. */
  private readonly pipes = new Map<string, Pipe>();
  /** Of pipes that have ended. */
  private readonly ended = { received: { packets: 0, bytes: 0 }, sent: { packets: 0, bytes: 0 } };
  private failures = 0;

  constructor(
    /** The worker's own port. */
    private readonly port: number,
    private readonly failed: (transportId: string, error: unknown) => void,
  ) {}

  get size(): number {
    return this.pipes.size;
  }

  /** Whether this transport is the near end of a pipe. */
  has(transportId: string): boolean {
    return this.pipes.has(transportId);
  }

  figures(): Omit<PipeFigures, 'lost'> {
    const open = [...this.pipes.values()];
    return {
      open: open.length,
      received: sum([this.ended.received, ...open.map(({ forth }) => forth)]),
      sent: sum([this.ended.sent, ...open.map(({ back }) => back)]),
      failures: this.failures,
    };
  }

  openPipe({ near, far }: OpenPipeRequest): DtlsParameters {
    const pipe = this.pipes.get(near.id) ?? this.open(near, far);
    return { role: 'client', fingerprints: [pipe.fingerprint] };
  }

  close(): void {
    for (const pipe of this.pipes.values()) pipe.close();
    this.pipes.clear();
  }

  private open(near: TransportParameters, far: TransportParameters): Pipe {
    if (this.pipes.size >= MOST_PIPES) throw new MediaNodeError('limit-reached', `${MOST_PIPES} pipes are open`);
    // Its own port is reachable on this host, whatever addresses it announces.
    const own = addressRecord({ address: '127.0.0.1', port: this.port });
    const pipe = new Pipe(
      [
        { parameters: far, candidates: reachable(far) },
        { parameters: near, candidates: [...own, ...reachable(near)] },
      ],
      (error) => {
        this.pipes.delete(near.id);
        this.ended.received = sum([this.ended.received, pipe.forth]);
        this.ended.sent = sum([this.ended.sent, pipe.back]);
        if (pipe.isUnreachable || error !== undefined) this.failures += 1;
        if (error !== undefined) this.failed(near.id, error);
      },
    );
    this.pipes.set(near.id, pipe);
    return pipe;
  }
}

function sum(all: readonly PipeTraffic[]): PipeTraffic {
  const total = { packets: 0, bytes: 0 };
  for (const { packets, bytes } of all) {
    total.packets += packets;
    total.bytes += bytes;
  }
  return total;
}

function reachable({ iceCandidates }: TransportParameters): AddressRecord[] {
  return iceCandidates
    .filter(({ protocol }) => protocol === 'udp')
    .slice(0, MOST_CANDIDATES)
    .flatMap(addressRecord);
}

/** Each has a socket with a port of its own, and some MiB of memory. */
const MOST_PIPES = 64;
const MOST_CANDIDATES = 16;
