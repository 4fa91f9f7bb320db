import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * A TCP proxy in front of the HTTP port that can cut its connections, like a bad network. Media do
 * not pass through it.
 */
export async function cuttableProxy(firstTarget: number) {
  let targetPort = firstTarget;
  const open = new Set<Socket>();
  let refusing = false;
  const server = createServer((socket) => {
    if (refusing) {
      socket.destroy();
      return;
    }
    const target = connect(targetPort, 'localhost');
    for (const [one, other] of [
      [socket, target],
      [target, socket],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  }).listen(0);
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    /** Cuts open connections and refuses new ones. */
    refuse() {
      refusing = true;
      for (const socket of open) socket.destroy();
    },
    accept() {
      refusing = false;
    },
    /** New connections lead to another server, as after an upgrade. */
    leadTo(port: number) {
      targetPort = port;
      for (const socket of open) socket.destroy();
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
