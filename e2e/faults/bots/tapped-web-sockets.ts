import { createRequire } from 'node:module';
import type { WireTap } from './wire-tap.js';

/**
 * The WebSocket that Socket.IO's client makes within `work`, before that returns, is read by `tap`. In Node that client uses `ws` and gives no way to its
 * frames, so `ws` itself is listened to: what is written down is what was on the wire, whatever the layers above make of it.
 */
export function tapped<T>(tap: WireTap, work: () => T): T {
  listen();
  whose = tap;
  try {
    return work();
  } finally {
    whose = undefined;
  }
}

interface WebSocketOfWs {
  send(data: unknown, ...rest: unknown[]): void;
  emit(name: string, ...args: unknown[]): boolean;
  addEventListener(...args: unknown[]): void;
  /** Ends without a goodbye, as a network that is gone. */
  terminate(): void;
}

/** The sockets that are open now, by the tap that reads them. */
const open = new Map<WireTap, Map<WebSocketOfWs, number>>();
let whose: WireTap | undefined;
let listening = false;

/** Cuts what the client has open: its server sees the connection end, the client too. Answers how many there were. */
export function cut(tap: WireTap): number {
  const sockets = [...(open.get(tap)?.keys() ?? [])];
  for (const socket of sockets) socket.terminate();
  return sockets.length;
}

function listen(): void {
  if (listening) return;
  listening = true;
  const { prototype } = socketIoWebSocket();
  const makers = new WeakMap<WebSocketOfWs, WireTap>();
  const taps = new WeakMap<WebSocketOfWs, { tap: WireTap; socket: number }>();
  const { send, emit, addEventListener } = prototype;
  // The first thing that is done with a new one.
  prototype.addEventListener = function (...args) {
    if (whose && !makers.has(this)) makers.set(this, whose);
    addEventListener.apply(this, args);
  };
  prototype.send = function (data, ...rest) {
    const known = taps.get(this);
    if (known && typeof data === 'string') known.tap.sent(known.socket, data);
    send.call(this, data, ...rest);
  };
  prototype.emit = function (name, ...args) {
    const tap = name === 'open' ? makers.get(this) : undefined;
    if (tap) {
      const socket = tap.opened();
      taps.set(this, { tap, socket });
      open.set(tap, (open.get(tap) ?? new Map()).set(this, socket));
    }
    const known = taps.get(this);
    if (known && name === 'message' && args[1] === false) known.tap.received(known.socket, String(args[0]));
    if (known && name === 'close') {
      open.get(known.tap)?.delete(this);
      known.tap.closed(known.socket);
    }
    return emit.call(this, name, ...args);
  };
}

/** The class that engine.io-client makes its sockets of, which may be another copy than ours. */
function socketIoWebSocket(): { prototype: WebSocketOfWs } {
  const ours = createRequire(import.meta.url);
  const client = createRequire(ours.resolve('socket.io-client'));
  return createRequire(client.resolve('engine.io-client'))('ws');
}
