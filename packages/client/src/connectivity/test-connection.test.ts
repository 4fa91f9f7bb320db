import type { Connectivity } from '@waterbus/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { unreachable } from '../failures.js';
import type { OpenSocket } from '../signalling/socket.js';
import type { OpenPeer, ProbingPeer } from './probe.js';
import { testConnectionWith } from './test-connection.js';

const server = 'https://meet.example.org';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** The browser's outcome of gathering with a URL; without one nothing ever answers. */
type Outcome = 'srflx' | 'relay' | 'complete' | { code: number };

const everything: Connectivity = {
  signalling: ['', 'https://two.example.org'],
  media: [
    { address: '192.0.2.1', port: 40_000, tcp: true },
    { address: '2001:db8::1', port: 40_000, tcp: true },
  ],
  iceServers: [
    {
      urls: [
        'turn:meet.example.org:40443?transport=udp',
        'turn:meet.example.org:40443?transport=tcp',
        'turns:meet.example.org:443?transport=tcp',
      ],
      username: 'test',
      credential: 'secret',
    },
  ],
};

const STUN = 'stun:192.0.2.1:40000';
const STUN6 = 'stun:[2001:db8::1]:40000';
const [UDP, TCP, TLS] = everything.iceServers[0]!.urls as [string, string, string];

function browser(outcomes: Record<string, Outcome>, openOrigins: string[] = [server]) {
  const peers: { urls: string[]; closed: boolean; policy: unknown }[] = [];
  const openPeer: OpenPeer = (configuration) => {
    const urls = (configuration.iceServers ?? []).flatMap((one) => one.urls);
    const record = { urls, closed: false, policy: configuration.iceTransportPolicy };
    peers.push(record);
    const listeners = new Map<string, (event: unknown) => void>();
    const peer = {
      iceGatheringState: 'new',
      createDataChannel: () => {},
      createOffer: async () => ({}),
      addEventListener: (name: string, listener: (event: unknown) => void) => listeners.set(name, listener),
      close: () => {
        record.closed = true;
      },
      setLocalDescription: async () => {
        const outcome = outcomes[urls[0]!];
        if (outcome === undefined) return;
        if (typeof outcome === 'object')
          listeners.get('icecandidateerror')!({ url: urls[0], errorCode: outcome.code, errorText: 'no' });
        listeners.get('icecandidate')!({ candidate: { type: 'host' } });
        if (outcome === 'srflx' || outcome === 'relay')
          listeners.get('icecandidate')!({ candidate: { type: outcome } });
        peer.iceGatheringState = 'complete';
        listeners.get('icegatheringstatechange')!({});
      },
    };
    return peer as unknown as ProbingPeer;
  };
  const sockets: string[] = [];
  const openSocket: OpenSocket = (origin, _listener, signal) =>
    new Promise((resolve, reject) => {
      sockets.push(`open ${origin}`);
      signal?.addEventListener('abort', () => reject(signal.reason));
      if (!openOrigins.includes(origin)) return;
      resolve({ request: () => Promise.reject(unreachable('no')), close: () => void sockets.push(`close ${origin}`) });
    });
  return { openPeer, openSocket, peers, sockets };
}

function answers(body: unknown, status = 200) {
  vi.stubGlobal('fetch', async () => Response.json(body, { status }));
}

async function tested(outcomes: Record<string, Outcome>, known = everything, origins?: string[]) {
  answers(known);
  const of = browser(outcomes, origins);
  const test = testConnectionWith({ server }, of);
  await vi.advanceTimersByTimeAsync(5_000);
  return { ...of, result: await test };
}

describe('a test of the connection', () => {
  it('reports each path that answers', async () => {
    const { result, peers, sockets } = await tested({
      [STUN]: 'srflx',
      [UDP]: 'relay',
      [TCP]: 'relay',
      [TLS]: 'relay',
    });
    expect(result).toEqual({
      signalling: 'open',
      udp: 'open',
      tcp: 'unknown',
      relay: { udp: 'open', tcp: 'open', tls: 'open' },
      ports: { udp: [40_000, 40_443], tcp: [40_000, 40_443, 443] },
      errors: [],
    });
    expect(peers.map(({ urls, policy }) => `${urls} ${policy}`)).toEqual([
      `${STUN} all`,
      `${STUN6} all`,
      `${UDP} relay`,
      `${TCP} relay`,
      `${TLS} relay`,
    ]);
    expect(peers.every(({ closed }) => closed)).toBe(true);
    expect(sockets).toContain(`close ${server}`);
  });

  it('ends as soon as one path of each kind is open, though others are silent', async () => {
    answers(everything);
    const of = browser({ [STUN6]: 'srflx', [UDP]: 'relay', [TCP]: 'relay', [TLS]: 'relay' });
    await expect(testConnectionWith({ server }, of)).resolves.toMatchObject({ udp: 'open', signalling: 'open' });
    expect(of.peers.every(({ closed }) => closed)).toBe(true);
  });

  it('counts UDP as open without a NAT, where gathering ends without another address', async () => {
    expect((await tested({ [STUN]: 'complete' })).result.udp).toBe('open');
    expect((await tested({ [STUN]: { code: 701 }, [STUN6]: { code: 701 } })).result.udp).toBe('blocked');
  });

  it('reports what is blocked after five seconds, with the errors of the browser', async () => {
    const { result, peers } = await tested({ [TCP]: { code: 701 }, [TLS]: { code: 401 } });
    expect(result).toMatchObject({ udp: 'blocked', relay: { udp: 'blocked', tcp: 'blocked', tls: 'blocked' } });
    expect(result.errors).toEqual([
      { url: TCP, code: 701, text: 'no' },
      { url: TLS, code: 401, text: 'no' },
    ]);
    expect(peers.every(({ closed }) => closed)).toBe(true);
  });

  it('reports a network that opens no WebSocket, and needs only one server', async () => {
    expect((await tested({}, everything, [])).result.signalling).toBe('blocked');
    expect((await tested({}, everything, ['https://two.example.org'])).result.signalling).toBe('open');
  });

  it('reports paths that the servers do not offer', async () => {
    const nothing = { signalling: [''], media: [], iceServers: [] };
    const { result, peers } = await tested({}, nothing);
    expect(result).toMatchObject({ udp: 'none', tcp: 'none', relay: { udp: 'none', tcp: 'none', tls: 'none' } });
    expect(peers).toEqual([]);
  });

  it('does not know the paths of a browser without WebRTC', async () => {
    answers(everything);
    const { openSocket } = browser({});
    const openPeer = () => {
      throw new TypeError('RTCPeerConnection is not defined');
    };
    const result = await testConnectionWith({ server }, { openPeer, openSocket });
    expect(result).toMatchObject({ udp: 'unknown', relay: { tls: 'unknown' } });
  });

  it('rejects with the refusal of the server, without an answer, and when it is aborted', async () => {
    answers({ type: 'x', title: 'No', status: 429, code: 'request.rate_limited' }, 429);
    await expect(testConnectionWith({ server }, browser({}))).rejects.toMatchObject({
      code: 'request.rate_limited',
    });

    const hang = (_url: unknown, { signal }: RequestInit) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    vi.stubGlobal('fetch', hang);
    const late = expect(testConnectionWith({ server }, browser({}))).rejects.toMatchObject({
      code: 'network.unreachable',
    });
    await vi.advanceTimersByTimeAsync(5_000);
    await late;

    answers(everything);
    const abort = new AbortController();
    const of = browser({});
    const aborted = expect(testConnectionWith({ server, signal: abort.signal }, of)).rejects.toBe('left');
    await vi.advanceTimersByTimeAsync(100);
    abort.abort('left');
    await aborted;
    expect(of.peers.every(({ closed }) => closed)).toBe(true);
  });
});
