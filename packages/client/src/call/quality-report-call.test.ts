import { expect, it } from 'vitest';
import { gathered, pass, useCallTime } from '../../test/call-time.js';
import { FakeDevice } from '../../test/fake-device.js';
import { FakeServer } from '../../test/fake-server.js';
import { joinWith, reportWhileOpen } from '../join.js';

useCallTime();

it('a running call reports once a minute what was seen, until it ends', async () => {
  const [server, device] = [new FakeServer(), new FakeDevice()];
  const reports: unknown[] = [];
  server.overrides['quality.report'] = (report) => void reports.push(report);
  const call = await joinWith(
    { server: 'https://meet.example.org', code: 'abc-defg-hjk', name: 'Me' },
    { device, openSocket: server.openSocket },
  );
  reportWhileOpen(call);
  server.join('ada', ['camera', 'node-1']);
  await gathered();
  const [transport] = device.allReceiving;
  const stats = transport!.stats.bind(transport);
  const picture = { id: 'ada', type: 'inbound-rtp', kind: 'video', freezeCount: 0, totalFreezesDuration: 0 };
  transport!.stats = async () => new Map([...(await stats()), ['ada', picture]]) as unknown as RTCStatsReport;
  Object.assign(picture, { freezeCount: 3, totalFreezesDuration: 1.5, frameHeight: 360 });

  await pass(56_000);
  expect(reports).toEqual([]);
  await pass(4_000);
  expect(reports.splice(0)).toEqual([{ freezes: 3, freezeTime: 1_500, frameHeight: 360, way: 'udp' }]);
  Object.assign(picture, { freezeCount: 4, frameHeight: 720 });
  await pass(60_000);
  expect(reports.splice(0)).toEqual([{ freezes: 1, freezeTime: 0, frameHeight: 720, way: 'udp' }]);

  // An older server refuses it, and the call goes on.
  server.overrides['quality.report'] = () => {
    throw new Error('unknown');
  };
  await pass(60_000);
  expect(call.connection).toBe('connected');

  server.overrides['quality.report'] = (report) => void reports.push(report);
  await call.leave();
  await pass(120_000);
  expect(reports).toEqual([]);
});
