import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { TurnServer } from '../src/sockets/turn-server.js';
import { SECRET } from './memory-world.js';

const HOST = '127.0.0.1';

it('a free port is free for UDP and TCP; a given one that UDP has taken is refused', async () => {
  const server = new TurnServer({
    clock: { now: () => 0, date: () => 0, after: () => () => {} },
    secret: SECRET,
    peers: { hasFamily: () => true, hasAddress: () => true, reach: (peer) => peer },
    shownAddress: () => HOST,
    onRefusal: () => {},
    account: () => undefined,
  });
  const taken: number[] = [];
  const holders: ReturnType<typeof createSocket>[] = [];
  const listen = server.datagrams.listen.bind(server.datagrams);
  // Another program takes the first two ports for UDP.
  server.datagrams.listen = async (port, host) => {
    if (taken.length < 2) {
      taken.push(port);
      const holder = createSocket('udp4').bind(port, host);
      holders.push(holder);
      await once(holder, 'listening');
    }
    return listen(port, host);
  };
  const port = await server.listen(0, HOST);
  expect(taken).toHaveLength(2);
  expect(taken).not.toContain(port);
  await server.close();
  await expect(server.listen(taken[0]!, HOST)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  for (const holder of holders) holder.close();
});
