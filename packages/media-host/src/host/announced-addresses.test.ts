import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { hostAddresses } from './announced-addresses.js';

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
