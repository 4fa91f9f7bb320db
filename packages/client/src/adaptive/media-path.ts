import type { MediaPath } from '../api/call.js';

/**
 * The path of a transport's selected candidate pair (W3C webrtc-stats); undefined while none is
 * selected.
 */
export function mediaPathOf(report: RTCStatsReport): MediaPath | undefined {
  const pair = selectedPair(report);
  const local = pair && entry(report, pair.localCandidateId);
  if (!local) return undefined;
  if (local.candidateType === 'relay' || local.relayProtocol !== undefined)
    return { kind: 'relay', relayProtocol: relayProtocolOf(local) };
  return { kind: local.protocol?.toLowerCase() === 'tcp' ? 'tcp' : 'direct' };
}

/** The path on which media lag most; undefined without any. */
export function slowestPath(paths: Iterable<MediaPath>): MediaPath | undefined {
  let slowest: MediaPath | undefined;
  for (const path of paths) if (!slowest || rank(path) > rank(slowest)) slowest = path;
  return slowest;
}

export function isSamePath(one: MediaPath | undefined, other: MediaPath | undefined): boolean {
  return one?.kind === other?.kind && one?.relayProtocol === other?.relayProtocol;
}

interface StatsEntry {
  type: string;
  selectedCandidatePairId?: string;
  localCandidateId?: string;
  /** Firefox; not in the standard. */
  selected?: boolean;
  nominated?: boolean;
  state?: string;
  bytesReceived?: number;
  candidateType?: string;
  protocol?: string;
  relayProtocol?: string;
  url?: string;
}

function selectedPair(report: RTCStatsReport): StatsEntry | undefined {
  const pairs: StatsEntry[] = [];
  for (const one of report.values() as Iterable<StatsEntry>) {
    if (one.type === 'transport' && one.selectedCandidatePairId) return entry(report, one.selectedCandidatePairId);
    if (one.type === 'candidate-pair') pairs.push(one);
  }
  // A browser without statistics of transports. Firefox nominates every pair that works.
  const nominated = pairs.filter(({ nominated, state }) => nominated && state === 'succeeded');
  const busiest = nominated.sort((one, other) => (other.bytesReceived ?? 0) - (one.bytesReceived ?? 0))[0];
  return pairs.find(({ selected }) => selected) ?? busiest;
}

function entry(report: RTCStatsReport, id: string | undefined): StatsEntry | undefined {
  return id === undefined ? undefined : (report.get(id) as StatsEntry | undefined);
}

/** From the server's address (RFC 7065) where the browser does not report the protocol. */
function relayProtocolOf({ relayProtocol, url = '' }: StatsEntry): 'udp' | 'tcp' | 'tls' {
  if (relayProtocol === 'udp' || relayProtocol === 'tcp' || relayProtocol === 'tls') return relayProtocol;
  if (url.startsWith('turns:')) return 'tls';
  return /[?&]transport=tcp/i.test(url) ? 'tcp' : 'udp';
}

function rank({ kind, relayProtocol }: MediaPath): number {
  return ORDER.indexOf(relayProtocol ? `${kind} ${relayProtocol}` : kind);
}

/** From the least delay: a lost packet delays all that follow on TCP, and a relay is a detour. */
const ORDER = ['direct', 'relay udp', 'tcp', 'relay tcp', 'relay tls', 'none'];
