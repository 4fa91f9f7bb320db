import type { Socket } from 'node:dgram';

/** A UDP socket as Node holds it: `process.send` accepts it, and `bind`. */
export interface UdpHandle {
  recvStart(): void;
  recvStop(): void;
  close(): void;
}

/** Of a bound socket. Node has no public name for it. */
export function handleOf(socket: Socket): UdpHandle | undefined {
  const symbol = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol');
  if (!symbol) return undefined;
  return (socket as unknown as Record<symbol, { handle: UdpHandle | null }>)[symbol]?.handle ?? undefined;
}
