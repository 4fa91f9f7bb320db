import { once } from 'node:events';
import { createServer } from 'node:net';

/** Rejects as `listen` would. Asked first, so that a taken port is told before the database has taken its seconds to open. */
export async function probePort(port: number, host: string): Promise<void> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
