import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { hostAddresses } from './announced-addresses.js';

const info = (address: string, family: 'IPv4' | 'IPv6', internal = false) =>
  ({ address, family, internal }) as NetworkInterfaceInfo;

test('every address once, IPv4 before IPv6, loopback last, no link-local ones', () => {
  expect(
    hostAddresses({
      lo: [info('127.0.0.1', 'IPv4', true), info('::1', 'IPv6', true)],
      eth0: [info('2001:db8::1', 'IPv6'), info('fe80::1', 'IPv6'), info('192.0.2.1', 'IPv4')],
      eth1: [info('198.51.100.1', 'IPv4')],
    }),
  ).toEqual(['192.0.2.1', '198.51.100.1', '2001:db8::1', '127.0.0.1', '::1']);
});
