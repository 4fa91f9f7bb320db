import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../limits.js';
import { Callers, network } from './callers.js';

const limits = { ...defaultLimits, sockets: 6, socketsPerAddress: 4, socketsJoining: 5, socketsJoiningPerAddress: 2 };

describe('sockets by address', () => {
  test('are refused beyond each limit, and accepted again when others have joined or ended', () => {
    const callers = new Callers(limits);
    const first = [callers.add('192.0.2.1'), callers.add('192.0.2.1')];
    expect(callers.refusal('192.0.2.1')).toContain('from one address that have not joined');
    expect(callers.refusal('192.0.2.2')).toBeUndefined();
    for (const socket of first) socket.joined();
    first.push(callers.add('192.0.2.1'), callers.add('192.0.2.1'));
    for (const socket of first) socket.joined();
    expect(callers.refusal('192.0.2.1')).toContain('from one address');
    callers.add('192.0.2.2');
    callers.add('192.0.2.3');
    expect(callers.refusal('192.0.2.4')).toContain('too many sockets');
    for (const socket of first) {
      socket.ended();
      socket.ended();
    }
    expect(callers.refusal('192.0.2.1')).toBeUndefined();
    expect(callers.figures).toEqual({ sockets: 2, socketsJoining: 2 });
  });

  test('cost nothing after their end, from any number of addresses', () => {
    const callers = new Callers({ ...limits, sockets: 1e6, socketsJoining: 1e6 });
    for (let n = 0; n < 10_000; n += 1) callers.add(`10.0.${n >> 8}.${n & 255}`).ended();
    expect(callers.addresses).toBe(0);
  });

  test('an IPv6 network of 64 bits is one address, in every notation', () => {
    const same = ['2001:db8:1:2::1', '2001:0db8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2:0:0:192.0.2.1'];
    expect(new Set(same.map(network))).toEqual(new Set(['2001:db8:1:2::/64']));
    expect(network('2001:db8:1:3::1')).not.toBe(network('2001:db8:1:2::1'));
    expect(network('::1')).toBe('0:0:0:0::/64');
    expect(network('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
    expect(network('::ffff:192.0.2.1')).toBe('192.0.2.1');
  });
});
