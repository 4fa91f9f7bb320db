import { describe, expect, it } from 'vitest';
import { reachableCandidates, unlessProxied } from './reachable-candidates.js';

const reachable = (addresses: string[], client: string | undefined) =>
  reachableCandidates(
    addresses.map((address) => ({ address })),
    client,
  ).map(({ address }) => address);

describe('the candidates for a client', () => {
  const everything = ['203.0.113.5', '10.0.0.5', '2001:db8::5', 'fd00::5', '127.0.0.1', '::1'];

  it.each([
    ['127.0.0.1', everything],
    ['127.0.3.9', everything],
    ['::1', everything],
    ['::ffff:127.0.0.1', everything],
    ['192.168.7.7', everything.slice(0, 4)],
    ['::ffff:10.9.9.9', everything.slice(0, 4)],
    ['100.100.1.1', everything.slice(0, 4)],
    ['fe80::1%eth0', everything.slice(0, 4)],
    [undefined, everything.slice(0, 4)],
    ['198.51.100.7', ['203.0.113.5', '2001:db8::5']],
    ['2001:db8:1::7', ['203.0.113.5', '2001:db8::5']],
    ['no address', ['203.0.113.5', '2001:db8::5']],
  ])('to %s', (client, expected) => {
    expect(reachable(everything, client)).toEqual(expected);
  });

  it('are the private ones if there are no public ones, behind a NAT', () => {
    expect(reachable(['10.0.0.5', '127.0.0.1'], '198.51.100.7')).toEqual(['10.0.0.5']);
  });

  it('are loopback if there are no others', () => {
    expect(reachable(['127.0.0.1'], '198.51.100.7')).toEqual(['127.0.0.1']);
    expect(reachable([], '198.51.100.7')).toEqual([]);
  });
});

it.each([
  ['127.0.0.1', undefined, '127.0.0.1'],
  ['127.0.0.1', '198.51.100.7', undefined],
  ['::ffff:127.0.0.1', '127.0.0.1', undefined],
  ['198.51.100.7', '198.51.100.7', '198.51.100.7'],
  ['10.0.0.2', '127.0.0.1', '10.0.0.2'],
])('a client at %s with X-Forwarded-For %s counts as one at %s', (address, forwarded, expected) => {
  expect(unlessProxied(address, forwarded)).toBe(expected);
});
