import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, Server } from 'node:net';

/** A port that is free now, of UDP and TCP. */
export const freePort = (): Promise<number> => freePorts(1);

/**
 * The first of `count` consecutive ports that are free now, of UDP and TCP. They lie below the range
 * from which systems take the ports of outgoing connections (RFC 6335 §6; Linux's begins at
 * 32768): one of those would be taken by a connection of another test before its server listens.
 */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = FIRST + Math.floor(Math.random() * (AFTER - FIRST - count));
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const free = await Promise.all(ports.flatMap((port) => [isFree(port, 'udp'), isFree(port, 'tcp')]));
    if (free.every(Boolean)) return first;
  }
}

async function isFree(port: number, protocol: 'udp' | 'tcp'): Promise<boolean> {
  const socket = protocol === 'udp' ? createSocket('udp6') : createServer();
  const opened = once(socket, 'listening').then(
    () => true,
    () => false,
  );
  if (socket instanceof Server) socket.listen(port);
  else socket.bind(port);
  if (!(await opened)) return false;
  const closed = once(socket, 'close');
  socket.close();
  await closed;
  return true;
}

const FIRST = 12_000;
const AFTER = 32_000;
