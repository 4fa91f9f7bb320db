import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from '@waterbus/stun/testing/free-ports';
import { runProcess } from './processes.js';

/** Debian's coturn as STUN servers alone, each on a port of its own. Requires `turnserver`. */
export async function startStunServers(
  address: string,
  count: number,
): Promise<{ servers: string; close(): Promise<void> }> {
  const first = await freePorts(count);
  const ports = Array.from({ length: count }, (_, index) => first + index);
  const processes = ports.map((port) =>
    runProcess('turnserver', [
      ...['-n', '--listening-ip', address, '--listening-port', String(port), '--stun-only', '--no-tls', '--no-dtls'],
      ...['--no-cli', '--log-file', 'stdout', '--pidfile', '', '--no-rfc5780'],
    ]),
  );
  for (const [index, port] of ports.entries()) {
    while (!(await accepts(address, port))) {
      const process = processes[index]!;
      if (!process.running()) throw new Error(`turnserver did not start:\n${process.output()}`);
      await pause(50);
    }
  }
  return {
    servers: ports.map((port) => `${address}:${port}`).join(),
    close: async () => {
      for (const process of processes) process.signal('SIGTERM');
      await Promise.all(processes.map(({ ended }) => ended));
    },
  };
}

/** A STUN server listens on TCP with the same port. */
async function accepts(host: string, port: number): Promise<boolean> {
  const socket = createConnection({ host, port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
