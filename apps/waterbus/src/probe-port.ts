import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Rejects as `listen` does. Runs first: a taken port is reported before the database spends seconds
 * on opening.
 */
export async function probePort(port: number, host: string): Promise<void> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
