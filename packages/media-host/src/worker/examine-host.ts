import { openPacketSocket } from '@waterbus/packet-io';
import { bufferWarning, type Warning } from './overload-log.js';

/**
 * Opens a packet socket on a free port and closes it: throws where the addon cannot be loaded.
 * Returns a warning where the kernel grants smaller buffers than a worker requests.
 */
export function examineHost(): Warning | undefined {
  const socket = openPacketSocket({ port: 0, maxSessions: 1, callerBytes: 65_536, onBatch: () => {} });
  const warning = bufferWarning(socket);
  socket.close();
  return warning;
}
