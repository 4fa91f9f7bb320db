import type { OutsideTransport } from '@waterbus/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type ConnectingPeer, trySinglePath } from './single-path.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const OFFER = [
  'v=0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 63 109',
  'a=mid:audio0',
  'a=fingerprint:sha-256 AB:CD',
  'a=rtpmap:63 red/48000/2',
  'a=rtpmap:109 opus/48000/2',
].join('\r\n');

const transport: OutsideTransport = {
  iceParameters: { usernameFragment: 'ufrag', password: 'password', iceLite: true },
  iceCandidates: [
    {
      ...{ foundation: '1', priority: 9, ip: '192.0.2.1', address: '192.0.2.1', protocol: 'tcp', port: 40_000 },
      ...{ type: 'host', tcpType: 'passive' },
    },
  ],
  dtlsParameters: { role: 'auto', fingerprints: [{ algorithm: 'sha-256', value: 'EF' }] },
};

/** A browser whose connection takes this state once it has the answer. */
function browser(state: RTCPeerConnectionState | undefined) {
  const seen = {
    configuration: undefined as RTCConfiguration | undefined,
    answer: '',
    closed: 0,
    dtls: undefined as unknown,
  };
  const open = (configuration: RTCConfiguration): ConnectingPeer => {
    seen.configuration = configuration;
    let changed = () => {};
    const peer = {
      connectionState: 'new',
      localDescription: { sdp: OFFER },
      addTransceiver: () => {},
      setLocalDescription: async () => {},
      addEventListener: (_name: string, listener: () => void) => {
        changed = listener;
      },
      setRemoteDescription: async ({ sdp }: { sdp: string }) => {
        seen.answer = sdp;
        if (state === undefined) return;
        peer.connectionState = state;
        changed();
      },
      close: () => {
        seen.closed += 1;
      },
    };
    return peer as unknown as ConnectingPeer;
  };
  const connect = async (dtls: unknown) => {
    seen.dtls = dtls;
    return transport;
  };
  return { seen, open, connect };
}

const never = new AbortController().signal;

it.each<[RTCPeerConnectionState, string]>([
  ['connected', 'open'],
  ['failed', 'blocked'],
])('a connection that is %s makes the path %s', async (state, verdict) => {
  const { seen, open, connect } = browser(state);
  expect(await trySinglePath({ kind: 'tcp' }, open, connect, never)).toBe(verdict);
  expect(seen).toMatchObject({ closed: 1, configuration: { iceServers: [], iceTransportPolicy: 'all' } });
  expect(seen.dtls).toEqual({ role: 'client', fingerprints: [{ algorithm: 'sha-256', value: 'AB:CD' }] });
  expect(seen.answer.split('\r\n')).toEqual(
    expect.arrayContaining([
      'a=ice-lite',
      'm=audio 9 UDP/TLS/RTP/SAVPF 109',
      'a=mid:audio0',
      'a=ice-ufrag:ufrag',
      'a=fingerprint:sha-256 EF',
      'a=candidate:1 1 tcp 9 192.0.2.1 40000 typ host tcptype passive',
    ]),
  );
});

it('a relay is the only way of its path', async () => {
  const { seen, open, connect } = browser('connected');
  const iceServer = { urls: ['turns:meet.example.org:443?transport=tcp'], username: 'u', credential: 'c' };
  await trySinglePath({ kind: 'relay-tls', iceServer }, open, connect, never);
  expect(seen.configuration).toEqual({ iceServers: [iceServer], iceTransportPolicy: 'relay' });
});

it('a silent path is blocked after eight seconds', async () => {
  const { seen, open, connect } = browser(undefined);
  const verdict = trySinglePath({ kind: 'udp' }, open, connect, never);
  await vi.advanceTimersByTimeAsync(7_999);
  expect(seen.closed).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(await verdict).toBe('blocked');
  expect(seen.closed).toBe(1);
});

it('nothing is known where the server refuses, the browser cannot connect, or the page is left', async () => {
  const { seen, open, connect } = browser(undefined);
  const refuse = async () => {
    throw new Error('outside_test.not_found');
  };
  expect(await trySinglePath({ kind: 'udp' }, open, refuse, never)).toBe('unknown');
  expect(seen.closed).toBe(1);
  const none = () => {
    throw new TypeError('RTCPeerConnection is not defined');
  };
  expect(await trySinglePath({ kind: 'udp' }, none, connect, never)).toBe('unknown');
  const leaving = new AbortController();
  const left = trySinglePath({ kind: 'udp' }, open, connect, leaving.signal);
  await vi.advanceTimersByTimeAsync(10);
  leaving.abort();
  expect(await left).toBe('unknown');
  expect(await trySinglePath({ kind: 'udp' }, open, connect, leaving.signal)).toBe('unknown');
});
