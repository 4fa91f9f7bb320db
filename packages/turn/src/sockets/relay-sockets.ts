import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import type { Endpoint } from '@waterbus/stun';
import type { Family } from '../addresses.js';
import type { Relay, Relays } from '../server/environment.js';

/** Relays on UDP sockets of this host, one for each allocation and family. */
export class RelaySockets implements Relays {
  readonly families = hostFamilies();

  /** `shownAddress`: the address that clients see as the relayed one. */
  constructor(private readonly shownAddress: (family: Family) => string) {}

  async open({ family, even, onData, onEnd }: Parameters<Relays['open']>[0]): Promise<Relay> {
    const socket = even ? await evenSocket(family) : await boundSocket(family);
    socket.on('error', onEnd);
    socket.on('message', (data, from) => onData(data, from));
    return new RelaySocket(family, socket, { address: this.shownAddress(family), port: socket.address().port });
  }
}

class RelaySocket implements Relay {
  private closed = false;

  constructor(
    readonly family: Family,
    private readonly socket: Socket,
    readonly endpoint: Endpoint,
  ) {}

  send(data: Uint8Array, { address, port }: Endpoint): void {
    if (this.closed || this.socket.getSendQueueSize() > LONGEST_QUEUE) return;
    // Without a callback an unreachable peer would be an error event of the socket.
    this.socket.send(data, port, address, () => {});
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.socket.close();
  }
}

async function boundSocket(family: Family): Promise<Socket> {
  const socket = createSocket({
    type: family === 4 ? 'udp4' : 'udp6',
    ipv6Only: family === 6,
    recvBufferSize: RECEIVE_BUFFER,
    // Addresses only: no name is looked up.
    lookup: (address, _options, callback) => callback(null, address, family),
  });
  // Before the bind, which may succeed at once.
  const listening = once(socket, 'listening');
  try {
    socket.bind({ port: 0, exclusive: true });
    await listening;
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

async function evenSocket(family: Family): Promise<Socket> {
  for (let attempt = 0; attempt < EVEN_ATTEMPTS; attempt += 1) {
    const socket = await boundSocket(family);
    if (socket.address().port % 2 === 0) return socket;
    socket.close();
  }
  throw new Error('no even port is free');
}

function hostFamilies(): Family[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const families: Family[] = [];
  if (all.some(({ family }) => family === 'IPv4')) families.push(4);
  if (all.some(({ family }) => family === 'IPv6')) families.push(6);
  return families;
}

/** Bytes that the kernel has not accepted: packets that wait longer are of no use. */
const LONGEST_QUEUE = 256 * 1024;

/** Bytes: a tenth of a second of the fastest user. */
const RECEIVE_BUFFER = 512 * 1024;

/** Half of all ports are even. */
const EVEN_ATTEMPTS = 16;
