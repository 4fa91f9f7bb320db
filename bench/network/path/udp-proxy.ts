import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** The way of one person's datagrams. */
export interface UdpProxy {
  /** The port for the person's browser. */
  port: number;
  /** Each sending address gets another socket towards the server; nothing arrives at the old one. */
  rebind(): void;
}

/**
 * The socket, at `address`, for a person's browser: each sending address gets its own socket
 * towards the server, as behind a NAT.
 */
export async function udpProxy(
  { mediaPort, address = LOOPBACK }: { mediaPort: number; address?: string | undefined },
  onward: (direction: 'up' | 'down', bytes: Uint8Array, arrive: (bytes: Uint8Array) => void) => void,
): Promise<UdpProxy> {
  const front = await bound(address);
  const backs = new Map<string, Promise<Socket>>();
  front.on('message', async (bytes, { address, port }) => {
    const from = `${address}:${port}`;
    const opening = backs.get(from) ?? open(port, address);
    backs.set(from, opening);
    const back = await opening;
    onward('up', bytes, (arrived) => {
      // A packet on its way at a rebinding is lost with the socket.
      if (backs.get(from) === opening) back.send(arrived, mediaPort, LOOPBACK);
    });
  });

  async function open(port: number, address: string): Promise<Socket> {
    const back = await bound();
    back.on('message', (bytes) => onward('down', bytes, (arrived) => front.send(arrived, port, address)));
    return back;
  }

  return {
    port: front.address().port,
    rebind: () => {
      for (const back of backs.values()) void back.then((socket) => socket.close());
      backs.clear();
    },
  };
}

async function bound(address = LOOPBACK): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: SOCKET_BUFFER, sendBufferSize: SOCKET_BUFFER });
  // A closed peer answers with ICMP, which a network would not report either.
  socket.on('error', () => {});
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}

const LOOPBACK = '127.0.0.1';

/** Bytes of the socket buffers, large enough that only the links lose packets. */
const SOCKET_BUFFER = 4 << 20;
