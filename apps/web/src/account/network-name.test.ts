import { expect, it } from 'vitest';
import { networkName } from './network-name.js';

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2', '2001:db8:1:2::/64'],
  ['2001:db8:0:0', '2001:db8::/64'],
  ['127.0.0.1', 'this computer'],
  ['0:0:0:0', 'this computer'],
])('writes %s as %s', (network, name) => {
  expect(networkName(network)).toBe(name);
});
