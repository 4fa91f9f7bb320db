/** The parts of Engine.IO's socket that this folder uses; some are not in Engine.IO's types. */
export interface EngineSocket {
  on(event: 'packetCreate', listener: (packet: { data?: unknown }) => void): unknown;
  on(event: 'flush' | 'close', listener: () => void): unknown;
  /** Packets that wait for the transport. */
  writeBuffer: readonly unknown[];
  transport: object;
  write(text: string, options: object): unknown;
}

interface OpenWebSocket {
  readyState: number;
  bufferedAmount: number;
  terminate(): void;
  /** Passes frames to the network. Engine.IO uses it for frames that were encoded before. */
  _sender: { sendFrame(frames: readonly Buffer[]): void };
}

/** Engine.IO hides the WebSocket of its only transport here. */
export function webSocketOf({ transport }: EngineSocket): OpenWebSocket | undefined {
  return (transport as { socket?: OpenWebSocket }).socket;
}

/**
 * Sends frames that were encoded before. `text`: their messages, for the count of unread bytes.
 * Returns whether they went to the network at once. That takes two thirds of the time that
 * Engine.IO takes, whose queue and events a WebSocket without waiting bytes does not need; with
 * them, its queue keeps the order.
 */
export function writeFrames(socket: EngineSocket, frames: Buffer, text: string): boolean {
  const webSocket = webSocketOf(socket);
  const isIdle =
    webSocket?.readyState === OPEN &&
    webSocket.bufferedAmount === 0 &&
    socket.writeBuffer.length === 0 &&
    (socket.transport as { writable: boolean }).writable;
  if (isIdle) webSocket._sender.sendFrame([frames]);
  else socket.write(text, { compress: false, wsPreEncodedFrame: [frames] });
  return isIdle;
}

/** Of a WebSocket, `readyState`. */
const OPEN = 1;
