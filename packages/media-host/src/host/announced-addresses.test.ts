import type { NetworkInterfaceInfo } from 'node:os';
import { beforeEach, describe, expect, test } from 'vitest';
import { AnnouncedAddresses, hostAddresses } from './announced-addresses.js';

const info = (address: string, family: 'IPv4' | 'IPv6', internal = false) =>
  ({ address, family, internal }) as NetworkInterfaceInfo;

test('each address appears once, IPv4 before IPv6, loopback last, no link-local ones', () => {
  expect(
    hostAddresses({
      lo: [info('127.0.0.1', 'IPv4', true), info('::1', 'IPv6', true)],
      eth0: [info('2001:db8::1', 'IPv6'), info('fe80::1', 'IPv6'), info('192.0.2.1', 'IPv4')],
      eth1: [info('198.51.100.1', 'IPv4')],
    }),
  ).toEqual(['192.0.2.1', '198.51.100.1', '2001:db8::1', '127.0.0.1', '::1']);
});

test('addresses for this host alone are omitted: bridges to containers and virtual machines, link-local', () => {
  const virtual = ['docker0', 'br-0123456789ab', 'veth1a2b3c4', 'virbr0', 'cni0', 'cali12345', 'lxdbr0', 'vmnet8'];
  expect(
    hostAddresses({
      lo: [info('127.0.0.1', 'IPv4', true)],
      ...Object.fromEntries(
        virtual.map((name, i) => [name, [info(`172.17.${i}.1`, 'IPv4'), info(`fd00::${i}`, 'IPv6')]]),
      ),
      eth0: [info('169.254.7.7', 'IPv4')],
      wlan0: [info('192.168.1.2', 'IPv4')],
      'br-lan': [info('192.168.2.1', 'IPv4')],
      wg0: [info('10.8.0.1', 'IPv4')],
    }),
  ).toEqual(['192.168.1.2', '192.168.2.1', '10.8.0.1', '127.0.0.1']);
});

test('they are announced when there are no others', () => {
  const lo = [info('127.0.0.1', 'IPv4', true)];
  expect(hostAddresses({ lo, docker0: [info('172.17.0.1', 'IPv4')] })).toEqual(['172.17.0.1', '127.0.0.1']);
  expect(hostAddresses({ lo, eth0: [info('169.254.7.7', 'IPv4')] })).toEqual(['169.254.7.7', '127.0.0.1']);
  expect(hostAddresses({ lo })).toEqual(['127.0.0.1']);
});

describe('names of hosts', () => {
  const records = new Map<string, string[]>();
  let warnings: string[] = [];
  const logger = {
    debug: () => {},
    info: () => {},
    error: () => {},
    warn: (_details: unknown, message: string) => void warnings.push(message),
  };
  const announced = (configured: string[]) =>
    new AnnouncedAddresses({
      configured,
      logger,
      resolve: async (name) => {
        const addresses = records.get(name);
        if (!addresses) throw new Error('ENOTFOUND');
        return [...addresses];
      },
    });
  beforeEach(() => {
    records.clear();
    warnings = [];
  });

  test('each is announced with its addresses, which are found anew', async () => {
    records.set('lb.example.org', ['203.0.113.7', '2001:db8::7', '203.0.113.5']);
    const addresses = announced(['lb.example.org', '192.0.2.1']);
    await addresses.begin(() => false);
    expect(addresses.canChange).toBe(true);
    expect(addresses.current).toEqual(['203.0.113.5', '203.0.113.7', '2001:db8::7', '192.0.2.1']);
    records.set('lb.example.org', ['2001:db8::7', '203.0.113.7', '203.0.113.5']);
    expect(await addresses.refresh()).toBe(false);
    records.set('lb.example.org', ['203.0.113.9']);
    expect(await addresses.refresh()).toBe(true);
    expect(addresses.current).toEqual(['203.0.113.9', '192.0.2.1']);
  });

  test('one without an answer keeps its addresses, with one warning', async () => {
    records.set('lb.example.org', ['203.0.113.5']);
    const addresses = announced(['lb.example.org']);
    await addresses.refresh();
    records.clear();
    for (let i = 0; i < 3; i++) await addresses.refresh();
    expect(addresses.current).toEqual(['203.0.113.5']);
    expect(warnings).toEqual(['announced name has no address']);
  });

  test('the first search waits for an address, and ends with the host', async () => {
    const addresses = announced(['lb.example.org']);
    let tries = 0;
    await addresses.begin(() => {
      tries += 1;
      if (tries === 3) records.set('lb.example.org', ['203.0.113.5']);
      return false;
    }, 0);
    expect(addresses.current).toEqual(['203.0.113.5']);
    records.clear();
    const closed = announced(['lb.example.org']);
    await closed.begin(() => true, 0);
    expect(closed.current).toEqual([]);
  });
});
