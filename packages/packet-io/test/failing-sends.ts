import { hooks } from '../src/hooks.js';
import type { PacketSocket } from '../src/index.js';

/**
 * The kernel takes `after` messages more of this socket, then `count` calls to its send fail with
 * this errno. The socket must be of the tests' addon: see `Peer`. `port`: one of its
 * extra ports.
 */
export function failNextSends(socket: PacketSocket, errno: number, count: number, after = 0, port = socket.port): void {
  hooks.failNextSends(port, errno, count, after);
}
