import type { ConnectionTest } from '@waterbus/client';
import { describe, expect, it } from 'vitest';
import { connectionAdvice } from './connection-advice.js';

const good: ConnectionTest = {
  signalling: 'open',
  udp: 'open',
  tcp: 'none',
  relay: { udp: 'none', tcp: 'none', tls: 'none' },
  ports: { udp: [40_000], tcp: [8443, 443] },
  errors: [],
};
const advice = (change: Partial<ConnectionTest>) => connectionAdvice({ ...good, ...change }, 'meet.example.org');
const relay = (open: Partial<ConnectionTest['relay']>) =>
  ({ udp: 'blocked', tcp: 'blocked', tls: 'blocked', ...open }) as const;

describe('the advice of the lobby', () => {
  it('is none where the direct way works, whatever else is blocked', () => {
    expect(advice({})).toBeUndefined();
    expect(advice({ relay: relay({}) })).toBeUndefined();
  });

  it('is none where the test shows nothing', () => {
    expect(advice({ udp: 'unknown', signalling: 'none' })).toBeUndefined();
    expect(advice({ udp: 'none' })).toBeUndefined();
  });

  it('is none where a relay over UDP works', () => {
    expect(advice({ udp: 'blocked', relay: relay({ udp: 'open' }) })).toBeUndefined();
  });

  it.each([relay({ tcp: 'open' }), relay({ tls: 'open' })])('names the delay of relays over TCP', (open) => {
    expect(advice({ udp: 'blocked', relay: open })).toEqual({
      severity: 'slow',
      title: 'Your network blocks UDP.',
      text: 'You can join; sound and pictures may lag.',
    });
  });

  it('names the ports to open where nothing works', () => {
    expect(advice({ udp: 'blocked', relay: relay({}) })).toMatchObject({
      severity: 'blocked',
      title: 'Your network lets no call through.',
      text: expect.stringMatching(/administrator to open UDP port 40000 or TCP port 443 of meet\.example\.org\.$/),
    });
    const text = advice({ udp: 'blocked', ports: { udp: [40_000], tcp: [] } })?.text;
    expect(text).toMatch(/open UDP port 40000 of meet\.example\.org\.$/);
  });

  it('promises nothing where TCP to the media nodes may work', () => {
    expect(advice({ udp: 'blocked', tcp: 'unknown' })).toMatchObject({
      severity: 'slow',
      title: 'Your network blocks UDP.',
    });
  });

  it('names a proxy that stops WebSockets first', () => {
    expect(advice({ signalling: 'blocked', udp: 'blocked' })?.title).toBe(
      'Your network blocks the connection to the call.',
    );
  });
});
