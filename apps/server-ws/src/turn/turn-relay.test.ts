import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { afterEach, expect, it } from 'vitest';
import type { Refusals } from '../refusals.js';
import { TurnRelay, type TurnRelayContext } from './turn-relay.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

it('takes UDP at the port of the page, whose TCP belongs to the page', async () => {
  const page = createServer().listen(0, '127.0.0.1');
  await once(page, 'listening');
  cleanups.push(() => page.close());
  const { port } = page.address() as AddressInfo;
  await expect(relay({ port }).start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await relay({ port, udpAlone: true }).start();
  const client = createSocket('udp4');
  cleanups.push(() => client.close());
  client.send(Buffer.from('000100002112a442303132333435363738396162', 'hex'), port, '127.0.0.1');
  const [answer] = await once(client, 'message');
  expect(answer.readUInt16BE(0)).toBe(BINDING_SUCCESS);
});

function relay(turn: { port: number; udpAlone?: boolean }): TurnRelay {
  const context: TurnRelayContext = {
    clock: new VirtualClock(),
    secret: 'the secret of this test, of 32 characters or more',
    turn: { ...turn, listenAddress: '127.0.0.1' },
    directory: { localNodes: () => [], remoteNodes: () => [] } as unknown as TurnRelayContext['directory'],
    refusals: { count: () => {} } as unknown as Refusals,
    account: (address) => address,
  };
  const made = new TurnRelay(context);
  cleanups.push(() => made.stop());
  return made;
}

const BINDING_SUCCESS = 0x0101;
