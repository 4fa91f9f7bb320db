import { describe, expect, it } from 'vitest';
import { hostCandidates } from './candidates.js';
import { makeIceParameters, passwordBytes } from './credentials.js';

describe('credentials', () => {
  it('are ice-chars of sufficient randomness (RFC 8839 section 5.1, RFC 8445 section 5.3)', () => {
    let next = 0;
    const random = (bytes: Uint8Array) => {
      for (let i = 0; i < bytes.length; i++) bytes[i] = next++ & 0xff;
    };
    const one = makeIceParameters(random);
    const another = makeIceParameters(random);
    expect(one.usernameFragment).toMatch(/^[A-Za-z0-9+/]{16}$/);
    expect(one.password).toMatch(/^[A-Za-z0-9+/]{32}$/);
    expect(one.password).not.toBe(another.password);
    expect([...passwordBytes('aZ+')]).toEqual([97, 90, 43]);
  });
});

describe('candidates', () => {
  it('are preferred in the order announced, each with a foundation of its own', () => {
    const candidates = hostCandidates([
      { address: '192.0.2.1', port: 40_000 },
      { address: '2001:db8::1', port: 40_000 },
    ]);
    expect(candidates[0]!.priority).toBeGreaterThan(candidates[1]!.priority);
    expect(new Set(candidates.map(({ foundation }) => foundation)).size).toBe(2);
    for (const { priority } of candidates) expect(priority).toBeLessThan(2 ** 31);
  });

  it('of TCP are passive, and below every one of UDP', () => {
    const announced = ['192.0.2.1', '2001:db8::1'].flatMap((address) =>
      (['tcp', 'udp'] as const).map((protocol) => ({ address, port: 40_000, protocol })),
    );
    const candidates = hostCandidates(announced);
    expect(candidates.map(({ protocol, address, tcpType }) => [protocol, address, tcpType])).toEqual([
      ['udp', '192.0.2.1', undefined],
      ['udp', '2001:db8::1', undefined],
      ['tcp', '192.0.2.1', 'passive'],
      ['tcp', '2001:db8::1', 'passive'],
    ]);
    const priorities = candidates.map(({ priority }) => priority);
    expect(priorities).toEqual([...priorities].sort((a, b) => b - a));
    expect(new Set(priorities).size).toBe(4);
    expect(new Set(candidates.map(({ foundation }) => foundation)).size).toBe(4);
    // RFC 6544 section 4.2, with libwebrtc's type preference.
    expect(priorities[2]).toBe(90 * 2 ** 24 + (4 * 2 ** 13 + 0x1fff) * 2 ** 8 + 255);
  });
});
