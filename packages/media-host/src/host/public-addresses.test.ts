import { expect, test } from 'vitest';
import { AnnouncedAddresses } from './announced-addresses.js';
import type { Logger } from './messages.js';

interface World {
  host: string[];
  /** By name of the server and family; missing: no answer. */
  reported: Record<string, string | undefined>;
}

function announced(world: World, configured: string[] | undefined = ['auto']) {
  const logged: string[] = [];
  const note = (_: unknown, message: string) => void logged.push(message);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const addresses = new AnnouncedAddresses({
    configured,
    stunServers: ['a', 'b', 'c'].map((host) => ({ host, port: 3478 })),
    logger,
    hostAddresses: () => world.host,
    query: async ({ host }, family) => {
      const address = world.reported[`${host}${family}`];
      if (address === undefined) throw new Error(`${host} did not answer`);
      return address;
    },
  });
  return { addresses, logged };
}

test('public and own addresses are announced together, each once', async () => {
  const world: World = {
    host: ['192.168.1.2', '2001:db8::1', '127.0.0.1'],
    reported: { a4: '203.0.113.7', b4: '203.0.113.7', a6: '2001:db8::1' },
  };
  const { addresses } = announced(world, ['198.51.100.1', 'auto']);
  expect(await addresses.refresh()).toBe(true);
  expect(addresses.current).toEqual(['198.51.100.1', '203.0.113.7', '2001:db8::1', '192.168.1.2', '127.0.0.1']);
  expect(await addresses.refresh()).toBe(false);
});

test('a change of the public or of the own address is found', async () => {
  const world: World = { host: ['192.168.1.2'], reported: { a4: '203.0.113.7' } };
  const { addresses } = announced(world);
  await addresses.refresh();
  world.reported = { a4: '203.0.113.99', b4: '203.0.113.99' };
  expect(await addresses.refresh()).toBe(true);
  expect(addresses.current).toEqual(['203.0.113.99', '192.168.1.2']);
  world.host = ['192.168.9.9'];
  expect(await addresses.refresh()).toBe(true);
  expect(addresses.current).toEqual(['203.0.113.99', '192.168.9.9']);
});

test('without answers the own addresses are announced, and the trouble is logged once', async () => {
  const world: World = { host: ['192.168.1.2'], reported: {} };
  const { addresses, logged } = announced(world);
  await addresses.refresh();
  await addresses.refresh();
  expect(addresses.current).toEqual(['192.168.1.2']);
  expect(logged).toEqual(['public address: no STUN server answers']);
  world.reported = { c4: '203.0.113.7' };
  await addresses.refresh();
  expect(addresses.current).toEqual(['203.0.113.7', '192.168.1.2']);
});

test('the address found before outlasts silence, disagreement and reserved addresses', async () => {
  const world: World = { host: ['192.168.1.2'], reported: { a4: '203.0.113.7', b4: '203.0.113.7' } };
  const { addresses, logged } = announced(world);
  await addresses.refresh();
  for (const reported of [
    {},
    { a4: '203.0.113.7', b4: '198.51.100.1' },
    { a4: '192.168.1.2' },
    { a4: '0.0.0.0', b4: '127.0.0.1', c4: '255.255.255.255' },
    { a4: '100.64.0.9' },
    { a4: '239.1.2.3' },
    { a4: '::ffff:8.8.8.8' },
  ]) {
    world.reported = reported;
    expect(await addresses.refresh()).toBe(false);
  }
  expect(addresses.current).toEqual(['203.0.113.7', '192.168.1.2']);
  expect(logged.filter((line) => line.includes('disagree'))).toHaveLength(1);
  expect(logged.filter((line) => line.includes('no client on the Internet'))).toHaveLength(5);
});

test('one server of three that lies changes nothing', async () => {
  const world: World = {
    host: ['192.168.1.2'],
    reported: { a4: '198.51.100.66', b4: '203.0.113.7', c4: '203.0.113.7' },
  };
  const { addresses } = announced(world);
  await addresses.refresh();
  expect(addresses.current).toEqual(['203.0.113.7', '192.168.1.2']);
});

test('a host that lost its network keeps the addresses it had', async () => {
  const world: World = { host: ['192.168.1.2'], reported: {} };
  const { addresses } = announced(world, undefined);
  await addresses.refresh();
  world.host = [];
  expect(await addresses.refresh()).toBe(false);
  expect(addresses.current).toEqual(['192.168.1.2']);
});

test('a fixed list needs no refresh', async () => {
  const { addresses } = announced({ host: [], reported: {} }, ['203.0.113.7']);
  expect(addresses.canChange).toBe(false);
  await addresses.refresh();
  expect(addresses.current).toEqual(['203.0.113.7']);
});
