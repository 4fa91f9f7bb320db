import { describe, expect, it } from 'vitest';
import type { MediaPath } from '../api/call.js';
import { mediaPathOf, slowestPath } from './media-path.js';

type Entry = { id: string; type: string } & Record<string, unknown>;

const reportOf = (...entries: Entry[]) =>
  new Map(entries.map((entry) => [entry.id, entry])) as unknown as RTCStatsReport;

/** As Chromium reports it: the transport names the pair. */
const chromium = (local: Record<string, unknown>) =>
  reportOf(
    { id: 'T', type: 'transport', selectedCandidatePairId: 'P2' },
    { id: 'P1', type: 'candidate-pair', localCandidateId: 'L1', nominated: true, state: 'succeeded' },
    { id: 'P2', type: 'candidate-pair', localCandidateId: 'L2', nominated: true, state: 'succeeded' },
    { id: 'L1', type: 'local-candidate', candidateType: 'host', protocol: 'udp' },
    { id: 'L2', type: 'local-candidate', ...local },
  );

describe('the path of a transport', () => {
  it.each<[Record<string, unknown>, MediaPath]>([
    [{ candidateType: 'host', protocol: 'udp' }, { kind: 'direct' }],
    [{ candidateType: 'prflx', protocol: 'udp' }, { kind: 'direct' }],
    [{ candidateType: 'host', protocol: 'tcp', tcpType: 'active' }, { kind: 'tcp' }],
    [
      { candidateType: 'relay', protocol: 'udp', relayProtocol: 'tls' },
      { kind: 'relay', relayProtocol: 'tls' },
    ],
    // The media node saw another address of the relay than the relay itself names.
    [
      { candidateType: 'prflx', protocol: 'udp', relayProtocol: 'tcp' },
      { kind: 'relay', relayProtocol: 'tcp' },
    ],
    [
      { candidateType: 'relay', protocol: 'udp', url: 'turns:meet.example.org:443?transport=tcp' },
      { kind: 'relay', relayProtocol: 'tls' },
    ],
    [
      { candidateType: 'relay', protocol: 'udp', url: 'turn:meet.example.org?transport=tcp' },
      { kind: 'relay', relayProtocol: 'tcp' },
    ],
    [
      { candidateType: 'relay', protocol: 'udp' },
      { kind: 'relay', relayProtocol: 'udp' },
    ],
  ])('with the local candidate %j is %j', (local, path) => {
    expect(mediaPathOf(chromium(local))).toEqual(path);
  });

  it('is that of the selected pair where the browser has no statistics of transports', () => {
    const firefox = reportOf(
      { id: 'P1', type: 'candidate-pair', localCandidateId: 'L1', nominated: true, state: 'succeeded' },
      { id: 'P2', type: 'candidate-pair', localCandidateId: 'L2', nominated: true, selected: true, state: 'succeeded' },
      { id: 'L1', type: 'local-candidate', candidateType: 'host', protocol: 'udp' },
      { id: 'L2', type: 'local-candidate', candidateType: 'host', protocol: 'tcp' },
    );
    expect(mediaPathOf(firefox)).toEqual({ kind: 'tcp' });
  });

  it('is that of the nominated pair with most traffic where none is marked as selected', () => {
    const pair = { type: 'candidate-pair', nominated: true, state: 'succeeded' };
    const report = reportOf(
      { ...pair, id: 'P1', localCandidateId: 'L1', bytesReceived: 100 },
      { ...pair, id: 'P2', localCandidateId: 'L2', bytesReceived: 9_000 },
      { ...pair, id: 'P3', localCandidateId: 'L1', bytesReceived: 90_000, state: 'failed' },
      { id: 'L1', type: 'local-candidate', candidateType: 'host', protocol: 'udp' },
      { id: 'L2', type: 'local-candidate', candidateType: 'relay', protocol: 'udp', relayProtocol: 'udp' },
    );
    expect(mediaPathOf(report)).toEqual({ kind: 'relay', relayProtocol: 'udp' });
  });

  it('is unknown without a selected pair, or without its candidate', () => {
    expect(mediaPathOf(reportOf())).toBeUndefined();
    expect(mediaPathOf(reportOf({ id: 'T', type: 'transport', selectedCandidatePairId: 'gone' }))).toBeUndefined();
    expect(
      mediaPathOf(reportOf({ id: 'P', type: 'candidate-pair', localCandidateId: 'gone', selected: true })),
    ).toBeUndefined();
  });
});

it('of several paths the slowest counts', () => {
  const relay = (relayProtocol: 'udp' | 'tcp' | 'tls') => ({ kind: 'relay', relayProtocol }) as const;
  const all: MediaPath[] = [{ kind: 'direct' }, relay('udp'), { kind: 'tcp' }, relay('tcp'), relay('tls')];
  for (let end = 1; end <= all.length; end++) {
    expect(slowestPath(all.slice(0, end))).toEqual(all[end - 1]);
    expect(slowestPath(all.slice(0, end).toReversed())).toEqual(all[end - 1]);
  }
  expect(slowestPath([])).toBeUndefined();
});
