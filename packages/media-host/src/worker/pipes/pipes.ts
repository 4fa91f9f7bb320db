import type { DtlsParameters, TransportParameters } from '@waterbus/media';
import { type AddressRecord, addressRecord } from '@waterbus/packet-io';
import type { OpenPipeRequest, PipeCalls } from '../../calls/media-calls.js';
import { MediaNodeError } from '../../media-node.js';
import { Pipe } from './pipe.js';

/** The pipes that end at transports of this worker. */
export class Pipes implements PipeCalls {
  private readonly pipes = new Map<string, Pipe>();

  constructor(
    /** The worker's own port. */
    private readonly port: number,
    private readonly failed: (transportId: string, error: unknown) => void,
  ) {}

  get size(): number {
    return this.pipes.size;
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
        if (error !== undefined) this.failed(near.id, error);
      },
    );
    this.pipes.set(near.id, pipe);
    return pipe;
  }
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
