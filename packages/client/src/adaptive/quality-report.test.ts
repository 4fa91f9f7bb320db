import { expect, it } from 'vitest';
import type { MediaPath } from '../api/call.js';
import type { Requester } from '../signalling/session.js';
import { QualityReport } from './quality-report.js';

it('reports once a minute what was seen since, and nothing while there is no connection', async () => {
  const sent: unknown[] = [];
  const session = {
    connection: 'connected',
    request: async (name: string, data: unknown) => {
      sent.push([name, data]);
      throw new Error('an older server');
    },
  } as unknown as Requester & { connection: string };
  const report = new QualityReport(session);
  const statistics = (entries: Record<string, object>) =>
    new Map(Object.entries(entries).map(([id, entry]) => [id, { id, ...entry }])) as unknown as RTCStatsReport;
  const video = { type: 'inbound-rtp', kind: 'video' };
  const transport = {};
  const checks = async (count: number, path?: MediaPath) => {
    for (let n = 0; n < count; n += 1) await report.checked(path);
    return sent.splice(0);
  };

  report.read(transport, statistics({ a: { ...video, freezeCount: 2, totalFreezesDuration: 0.5, frameHeight: 720 } }));
  expect(await checks(14, { kind: 'direct' })).toEqual([]);
  const stopped = { ...video, freezeCount: 3, totalFreezesDuration: 0.75, frameHeight: 180 };
  report.read(transport, statistics({ a: stopped, b: { ...video, freezeCount: 1, totalFreezesDuration: 2 } }));
  expect(await checks(1, { kind: 'direct' })).toEqual([
    ['quality.report', { freezes: 4, freezeTime: 2750, frameHeight: 720, way: 'udp' }],
  ]);

  // A stream that ended takes its counts along; sound has no freezes.
  report.read(transport, statistics({ a: stopped, sound: { type: 'inbound-rtp', kind: 'audio', freezeCount: 9 } }));
  expect(await checks(15, { kind: 'none' })).toEqual([
    ['quality.report', { freezes: 0, freezeTime: 0, frameHeight: 180 }],
  ]);

  Object.assign(session, { connection: 'reconnecting' });
  report.read(transport, statistics({ a: { ...stopped, freezeCount: 5 } }));
  expect(await checks(20, { kind: 'relay', relayProtocol: 'tls' })).toEqual([]);
  Object.assign(session, { connection: 'connected' });
  expect(await checks(1, { kind: 'relay', relayProtocol: 'tls' })).toMatchObject([
    ['quality.report', { freezes: 2, way: 'relay' }],
  ]);
});
