import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * A TCP proxy that delays data in both directions, without a rate. The browser's handshake ends at
 * once on loopback; its round trip is added to the first bytes instead, which arrive at the right
 * time.
 */
export async function tcpProxy(httpPort: number, { up, down }: { up: number; down: number }): Promise<number> {
  const server = createServer({ noDelay: true }, (front) => {
    const back = connect({ port: httpPort, host: 'localhost', noDelay: true });
    const [from, to] = [delayed(back), delayed(front)];
    const earliest = performance.now() + up + down;
    front.on('data', (bytes) => from.after(Math.max(earliest, performance.now()) + up, () => back.write(bytes)));
    back.on('data', (bytes) => to.after(performance.now() + down, () => front.write(bytes)));
    front.on('end', () => from.after(performance.now() + up, () => back.end()));
    back.on('end', () => to.after(performance.now() + down, () => front.end()));
    for (const [one, other] of [
      [front, back],
      [back, front],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => setTimeout(() => other.destroy(), up + down));
    }
  });
  server.listen(0);
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

/** Runs actions in the order of their requests, each not before its time. */
function delayed(socket: Socket) {
  const queue: { due: number; act: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const run = () => {
    timer = undefined;
    while (queue[0] && queue[0].due <= performance.now()) queue.shift()!.act();
    if (queue[0] && !socket.destroyed) timer = setTimeout(run, Math.max(0, queue[0].due - performance.now()));
  };
  return {
    after(due: number, act: () => void): void {
      queue.push({ due: Math.max(due, queue.at(-1)?.due ?? 0), act });
      if (!timer) run();
    },
  };
}
