import type { Transport } from '../transport/transport.js';

/** The transport of each session index of the port: the owner of its packets and deadline. */
export class Sessions {
  private readonly transports: (Transport | undefined)[] = [];

  find(session: number): Transport | undefined {
    return this.transports[session];
  }

  add(transport: Transport): void {
    this.transports[transport.session] = transport;
  }

  /** From now on no packet and no deadline reaches it. */
  delete(transport: Transport): void {
    if (this.transports[transport.session] === transport) this.transports[transport.session] = undefined;
  }

  *[Symbol.iterator](): IterableIterator<Transport> {
    for (const transport of this.transports) if (transport) yield transport;
  }
}
