import { createRequire } from 'node:module';
import type { WireTap } from './wire-tap.js';

/**
 * Attaches `tap` to the WebSocket that Socket.IO's client makes during `work`. In Node that client
 * uses `ws` and does not expose its frames, so the tap listens to `ws` itself. The records show the
 * data on the wire, independent of the layers above.
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
  /** Ends without a close frame, as on a lost network. */
  terminate(): void;
}

/** The open sockets, by their tap. */
const open = new Map<WireTap, Map<WebSocketOfWs, number>>();
let whose: WireTap | undefined;
let listening = false;

/**
 * Cuts the client's open sockets: server and client both see the connection end. Returns their
 * number.
 */
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
  // Socket.IO calls this first on a new socket.
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

/** The class of engine.io-client's sockets, which may be another copy than ours. */
function socketIoWebSocket(): { prototype: WebSocketOfWs } {
  const ours = createRequire(import.meta.url);
  const client = createRequire(ours.resolve('socket.io-client'));
  return createRequire(client.resolve('engine.io-client'))('ws');
}
