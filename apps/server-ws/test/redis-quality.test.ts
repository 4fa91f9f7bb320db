import { systemClock } from '@waterbus/cluster';
import {
  PROTOCOL_VERSION,
  QUALITY_RECORDS_GROUP,
  QUALITY_RECORDS_STREAM,
  type QualityRecord,
  type QualityRow,
} from '@waterbus/protocol';
import { expect, test } from 'vitest';
import { startRedisNodes } from './system/redis-nodes.js';
import { Client, joinToken, Participant } from './system/signalling.js';

/** Minutes pass when the test lets them; the seconds between the readings are real. */
let ahead = 0;
const clock = {
  ...systemClock,
  now: systemClock.now,
  after: systemClock.after,
  date: () => systemClock.date() + ahead,
};

test('R10 over Redis: the quality of a participant continues on another home, until it leaves', async () => {
  const { nodes, close } = await startRedisNodes([], { clock });
  const [one, two] = nodes;
  const rows: (QualityRow & { minute: number })[] = [];
  await two.cluster.streams.consume(QUALITY_RECORDS_STREAM, QUALITY_RECORDS_GROUP, async ({ body }) => {
    const record = body as QualityRecord;
    rows.push(...record.rows.map((row) => ({ minute: record.minute, ...row })));
  });
  const measured = async (count: number) => {
    await expect.poll(() => rows.length, { timeout: 10_000 }).toBe(count);
    return rows.at(-1)!;
  };
  const client = new Client(one.url);
  const token = await joinToken(clock, { name: 'Ada' });
  const ada = new Participant(client, await client.ok('join', { token, protocolVersion: PROTOCOL_VERSION }));
  const { id: transportId } = await ada.openTransport('send', 'ws-1-media-0');
  const media = one.mediaHost.nodes()[0]!;
  const arrived = (arrived: number, lost: number) =>
    media.totals.set(transportId, {
      ...{ transportId, protocol: 'udp', bytesReceived: 0, bytesSent: 0, serverPacketLoss: 0, serverDelay: 0 },
      ...{ received: { arrived, lost }, sent: { arrived: 0, lost: 0 } },
    });
  arrived(100, 0);
  ahead += 60_000;
  const first = await measured(1);
  arrived(150, 50);
  const again = new Client(two.url);
  const { resumeToken } = ada.joined;
  await again.ok('resume', { resumeToken, protocolVersion: PROTOCOL_VERSION });
  ahead += 60_000;
  expect(await measured(2)).toMatchObject({ minute: first.minute + 1, uploadLoss: 0.5, participantId: ada.id });
  arrived(250, 50);
  ahead += 5_000;
  await again.ok('leave', {});
  expect(await measured(3)).toMatchObject({ minute: first.minute + 2, uploadLoss: 0 });
  expect(rows[2]!.seconds).toBeLessThan(60);
  for (const { socket } of [client, again]) socket.disconnect();
  await close();
});
