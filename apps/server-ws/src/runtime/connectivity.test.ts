import { expect, it, vi } from 'vitest';
import { connectivityFor } from './connectivity.js';

const node = (...addresses: string[]) => ({
  endpoints: () => addresses.map((address) => ({ address, port: 40_000 })),
  acceptsTcp: true,
});

const relays = { forTest: () => [] };

const addressesFor = (client: string | undefined, ...addresses: string[]) =>
  connectivityFor({ client }, [node(...addresses)], relays).media.map(({ address }) => address);

it('a client tests its network with the addresses that it would get in a call', () => {
  const announced = ['203.0.113.5', '10.0.0.5', '127.0.0.1'];
  expect(addressesFor('127.0.0.1', ...announced)).toEqual(announced);
  expect(addressesFor('10.1.1.1', ...announced)).toEqual(['203.0.113.5', '10.0.0.5']);
  expect(addressesFor(undefined, ...announced)).toEqual(['203.0.113.5', '10.0.0.5']);
  expect(addressesFor('198.51.100.7', ...announced)).toEqual(['203.0.113.5']);
});

it('the ports of one worker are enough, at sixteen endpoints at most', () => {
  expect(connectivityFor({}, [node('203.0.113.5'), node('203.0.113.6')], relays).media).toHaveLength(1);
  const many = Array.from({ length: 20 }, (_, n) => `203.0.113.${n}`);
  expect(addressesFor(undefined, ...many)).toEqual(many.slice(4));
  expect(connectivityFor({}, [node('203.0.113.5')], relays).media).toEqual([
    { address: '203.0.113.5', port: 40_000, tcp: true },
  ]);
  expect(connectivityFor({}, [], relays)).toEqual({ media: [], iceServers: [] });
});

it('the relays are those on the way of the client, four at most', () => {
  const forTest = vi.fn(() => Array.from({ length: 9 }, (_, n) => ({ urls: [`turn:${n}.example`] })));
  const way = { host: 'meet.example.org', isTls: true };
  expect(connectivityFor({ way }, [], { forTest }).iceServers.map(({ urls }) => urls[0])).toEqual([
    'turn:0.example',
    'turn:1.example',
    'turn:2.example',
    'turn:3.example',
  ]);
  connectivityFor({}, [], { forTest });
  expect(forTest.mock.calls).toEqual([[way], [undefined]]);
});
