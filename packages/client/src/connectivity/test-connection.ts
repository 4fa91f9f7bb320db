import type { Connectivity, IceServer } from '@waterbus/protocol';
import type { ConnectionTest, ConnectionTestOptions, PathVerdict } from '../api/connection-test.js';
import { unreachable } from '../failures.js';
import { getConnectivity } from '../rest/connectivity.js';
import { type OpenSocket, openSocket } from '../signalling/socket.js';
import { type OpenPeer, type ProbeError, probe } from './probe.js';
import { signallingVerdict } from './signalling-verdict.js';

/**
 * Tests which paths the network permits between this browser and the servers, in five seconds at
 * most, and without joining: UDP to the media nodes, relays over UDP, TCP and TLS, and the WebSocket
 * of signalling.
 *
 * @throws {WaterbusError} `request.rate_limited`, `network.unreachable`, … The reason of `signal`
 * when it is aborted.
 */
export function testConnection(options: ConnectionTestOptions = {}): Promise<ConnectionTest> {
  return testConnectionWith(options, {
    openPeer: (configuration) => new RTCPeerConnection(configuration),
    openSocket,
  });
}

/** `testConnection` on a given WebRTC and socket implementation. */
export async function testConnectionWith(
  { server, signal }: ConnectionTestOptions,
  browser: { openPeer: OpenPeer; openSocket: OpenSocket },
): Promise<ConnectionTest> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(unreachable('the servers did not answer in time')), LONGEST_TEST);
  const stop = () => over.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const wait = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
    const known = await getConnectivity({ ...(server !== undefined && { server }), signal: wait });
    const origins = known.signalling.map((origin) => origin || server || globalThis.location?.origin || '');
    const [signalling, paths] = await Promise.all([
      signallingVerdict(origins, browser.openSocket, over.signal),
      pathVerdicts(known, browser.openPeer, over.signal),
    ]);
    signal?.throwIfAborted();
    return { signalling, ...paths, ports: portsOf(known) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    over.abort();
  }
}

async function pathVerdicts(
  { media, iceServers }: Connectivity,
  open: OpenPeer,
  signal: AbortSignal,
): Promise<Pick<ConnectionTest, 'udp' | 'tcp' | 'relay' | 'errors'>> {
  const errors: ProbeError[] = [];
  const verdictOf = async (expects: 'mapped' | 'relayed', tried: IceServer[]): Promise<PathVerdict> => {
    if (tried.length === 0) return 'none';
    // One open path of a kind is enough.
    const enough = new AbortController();
    const wait = AbortSignal.any([signal, enough.signal]);
    const results = tried.map(async (one) => {
      const result = await probe({ expects, iceServers: [one] }, open, wait);
      if (result.verdict === 'open') enough.abort();
      errors.push(...result.errors);
      return result.verdict;
    });
    return best(await Promise.all(results));
  };
  const stun = media.slice(0, MOST_ENDPOINTS).map(({ address, port }) => ({ urls: [stunUrl(address, port)] }));
  const [udp, relayUdp, relayTcp, relayTls] = await Promise.all([
    verdictOf('mapped', stun),
    verdictOf('relayed', relays(iceServers, 'udp')),
    verdictOf('relayed', relays(iceServers, 'tcp')),
    verdictOf('relayed', relays(iceServers, 'tls')),
  ]);
  const tcp = media.some((endpoint) => endpoint.tcp) ? 'unknown' : 'none';
  return { udp, tcp, relay: { udp: relayUdp, tcp: relayTcp, tls: relayTls }, errors };
}

function best(verdicts: readonly PathVerdict[]): PathVerdict {
  return (['open', 'blocked', 'unknown'] as const).find((verdict) => verdicts.includes(verdict)) ?? 'none';
}

/** The relays of one protocol, one for each URL. */
function relays(iceServers: readonly IceServer[], protocol: 'udp' | 'tcp' | 'tls'): IceServer[] {
  return iceServers.flatMap(({ urls, ...credentials }) =>
    urls.filter((url) => protocolOf(url) === protocol).map((url) => ({ urls: [url], ...credentials })),
  );
}

/** Of a TURN server's URL (RFC 7065); undefined for STUN. */
function protocolOf(url: string): 'udp' | 'tcp' | 'tls' | undefined {
  if (url.startsWith('turns:')) return 'tls';
  if (!url.startsWith('turn:')) return undefined;
  return /[?&]transport=tcp/i.test(url) ? 'tcp' : 'udp';
}

function stunUrl(address: string, port: number): string {
  return `stun:${address.includes(':') ? `[${address}]` : address}:${port}`;
}

function portsOf({ media, iceServers }: Connectivity): ConnectionTest['ports'] {
  const udp = media.map(({ port }) => port);
  const tcp = media.filter((endpoint) => endpoint.tcp).map(({ port }) => port);
  for (const url of iceServers.flatMap(({ urls }) => urls)) {
    const protocol = protocolOf(url);
    if (protocol) (protocol === 'udp' ? udp : tcp).push(portOf(url, protocol));
  }
  return { udp: [...new Set(udp)], tcp: [...new Set(tcp)] };
}

/** RFC 7065 section 3.1: the defaults. */
function portOf(url: string, protocol: 'udp' | 'tcp' | 'tls'): number {
  const port = /:(\d+)(?:\?|$)/.exec(url)?.[1];
  return port ? Number(port) : protocol === 'tls' ? 5349 : 3478;
}

/**
 * Milliseconds: an open path answers within some round trips, a blocked one never. Users wait as
 * long as that before they wonder.
 */
const LONGEST_TEST = 5_000;

/** Each costs a peer connection. Some may be addresses that a server had before. */
const MOST_ENDPOINTS = 16;
