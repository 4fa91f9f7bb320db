import { QUALITY_RECORDS_GROUP, QUALITY_RECORDS_STREAM, type QualityRecord, type QualityRow } from '@waterbus/protocol';
import { describe, expect, test } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';
import type { FakeMediaNode, PathTotals } from '../../test/system/fake-media-host.js';
import { minuteOf } from '../media/participant/measured-minute.js';
import { qualityRecords } from './quality-records.js';

useSignalling();

const MINUTE = 60_000;

/** All records that Server API would store, as they are delivered. */
async function recorded(): Promise<QualityRecord[]> {
  const records: QualityRecord[] = [];
  await signalling.root.streams.consume(QUALITY_RECORDS_STREAM, QUALITY_RECORDS_GROUP, async ({ body }) => {
    records.push(body as QualityRecord);
  });
  return records;
}

/** The rows of one participant, with their minutes. */
const rowsOf = (records: QualityRecord[], participantId: string): (QualityRow & { minute: number })[] =>
  records.flatMap(({ minute, rows }) =>
    rows.filter((row) => row.participantId === participantId).map((row) => ({ minute, ...row })),
  );

const totals = (transportId: string, change: Partial<PathTotals> = {}): PathTotals => ({
  transportId,
  protocol: 'udp',
  bytesReceived: 0,
  bytesSent: 0,
  received: { arrived: 0, lost: 0 },
  sent: { arrived: 0, lost: 0 },
  serverPacketLoss: 0,
  serverDelay: 1,
  ...change,
});

function set(node: FakeMediaNode, one: PathTotals): void {
  node.totals.set(one.transportId, one);
}

/** Until the room's next reading, whose second is its own. */
async function nextReading(): Promise<void> {
  const { clock } = signalling;
  const minute = minuteOf('room-1', clock.date());
  while (minuteOf('room-1', clock.date()) === minute) await clock.advance(1000);
  await clock.advance(0);
}

describe('the quality of a call', () => {
  test('is recorded once a minute, in both directions, from one reading to the next', async () => {
    const node = await signalling.node();
    const media = node.mediaHost.nodes()[0]!;
    const { who: ada, send, receive } = await signalling.equipped(node, 'Ada');
    const { who: ben } = await signalling.equipped(node, 'Ben');
    const records = await recorded();
    set(media, totals(send, { bytesReceived: 750_000, received: { arrived: 900, lost: 100 }, roundTripTime: 20 }));
    set(
      media,
      totals(receive, { protocol: 'tcp', bytesSent: 1_500_000, sent: { arrived: 50, lost: 0 }, roundTripTime: 81 }),
    );
    await nextReading();
    set(media, totals(send, { bytesReceived: 1_500_000, received: { arrived: 1800, lost: 90 } }));
    set(media, totals(receive, { bytesSent: 1_500_000, sent: { arrived: 140, lost: 10 }, availableBitrate: 500_000 }));
    await nextReading();
    const [first, second, ...more] = rowsOf(records, ada.id);
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      quality: 'excellent',
      way: 'tcp',
      roundTripTime: 81,
      uploadLoss: 0.1,
      downloadLoss: 0,
    });
    expect(second).toMatchObject({ minute: first!.minute + 1, seconds: 60, way: 'udp', availableBitrate: 500_000 });
    // More arrived than was lost: retransmissions filled gaps of the minute before.
    expect(second).toMatchObject({ uploadLoss: 0, downloadLoss: 0.1, uploadBitrate: 100_000, downloadBitrate: 0 });
    expect(rowsOf(records, ben.id)).toHaveLength(2);
    // One call for all transports of the room, and one record.
    expect(media.calls.filter((call) => call === 'pathTotals')).toHaveLength(2);
    expect(records.map(({ rows }) => rows.length)).toEqual([2, 2]);
  });

  test('has the worst quality of its minute, the pictures that are missing, and the client’s reports', async () => {
    const node = await signalling.node();
    const media = node.mediaHost.nodes()[0]!;
    const { who: ada, send } = await signalling.equipped(node, 'Ada');
    const records = await recorded();
    await nextReading();
    const report = (quality: 'poor' | 'excellent', limitation: 'upload' | 'none') =>
      media.emit({
        type: 'router.quality',
        routerId: 'room-1',
        transports: [{ transportId: send, quality, limitation }],
      });
    report('poor', 'upload');
    await signalling.clock.advance(10_000);
    report('excellent', 'none');
    await ada.client.ok('quality.report', { freezes: 1, freezeTime: 400, frameHeight: 360 });
    await ada.client.ok('quality.report', { freezes: 2, freezeTime: 600, frameHeight: 180, way: 'relay' });
    for (const hostile of [
      { freezes: -1 },
      { freezes: 0.5 },
      { freezeTime: 1e9 },
      { frameHeight: 1e6 },
      { way: 'x' },
      { more: 1 },
    ]) {
      const request = { freezes: 0, freezeTime: 0, frameHeight: 0, ...hostile } as never;
      expect(await ada.client.refused('quality.report', request)).toBe('request.invalid');
    }
    set(media, totals(send));
    await nextReading();
    await nextReading();
    const [, second, third] = rowsOf(records, ada.id);
    expect(second).toMatchObject({
      ...{ quality: 'poor', limitation: 'upload', impairedSeconds: 10, way: 'relay' },
      ...{ freezes: 3, freezeTime: 1000, frameHeight: 360 },
    });
    expect(third).toMatchObject({ quality: 'excellent', limitation: 'none', impairedSeconds: 0, way: 'udp' });
    expect(third).not.toHaveProperty('freezes');
  });

  test('counts the seconds in which pictures do not arrive from their publishers, or the server is at fault', async () => {
    const node = await signalling.node();
    const media = node.mediaHost.nodes()[0]!;
    const { who: ada, send } = await signalling.equipped(node, 'Ada');
    const { who: ben, receive } = await signalling.equipped(node, 'Ben');
    await ada.produce(send);
    await ben.until(() => ben.other(ada.id)?.producers.length === 1);
    const subscription = { participantId: ada.id, transportId: receive, rtpCapabilities: {} };
    const { consumers } = await ben.client.ok('subscribe', subscription);
    const layers = { consumerId: consumers[0]!.id, spatial: 0, temporal: 0 };
    const records = await recorded();
    await nextReading();
    const showing = (cause: 'no-media' | 'none') =>
      media.emit({ type: 'consumer.layers', transportId: receive, consumers: [{ ...layers, cause }] });
    const server = (quality: 'good' | 'excellent') =>
      media.emit({
        type: 'router.quality',
        routerId: 'room-1',
        transports: [{ transportId: receive, quality, limitation: quality === 'good' ? 'server' : 'none' }],
      });
    showing('no-media');
    server('good');
    await signalling.clock.advance(7000);
    // Long before the reading everything is well again.
    showing('none');
    await signalling.clock.advance(2000);
    server('excellent');
    await nextReading();
    await nextReading();
    expect(rowsOf(records, ben.id).slice(1)).toMatchObject([
      { missingPictures: 1, missingSeconds: 7, serverSeconds: 9, limitation: 'server' },
      { missingPictures: 0, missingSeconds: 0, serverSeconds: 0, limitation: 'none' },
    ]);
    expect(rowsOf(records, ada.id)[1]).toMatchObject({ missingPictures: 0, missingSeconds: 0, serverSeconds: 0 });
  });

  test('has a last row of a participant that leaves, also without a reading before', async () => {
    const node = await signalling.node();
    const media = node.mediaHost.nodes()[0]!;
    const { who: ada, send } = await signalling.equipped(node, 'Ada');
    const records = await recorded();
    await nextReading();
    await signalling.clock.advance(20_000);
    set(media, totals(send, { received: { arrived: 150, lost: 50 } }));
    const { who: ben, send: bens } = await signalling.equipped(node, 'Ben');
    set(media, totals(bens, { received: { arrived: 10, lost: 0 } }));
    await signalling.clock.advance(10_000);
    await Promise.all([ada.client.ok('leave', {}), ben.client.ok('leave', {})]);
    await signalling.clock.advance(0);
    const [first, last, ...more] = rowsOf(records, ada.id);
    expect(more).toEqual([]);
    expect(last).toMatchObject({ minute: first!.minute + 1, seconds: 30, uploadLoss: 0.25 });
    expect(rowsOf(records, ben.id)).toMatchObject([{ minute: first!.minute + 1, seconds: 10, uploadLoss: 0 }]);
    // The paths are read before they close, and nobody waits for the answer.
    expect(media.calls.indexOf('pathTotals')).toBeLessThan(media.calls.indexOf('closeTransport'));
    await nextReading();
    expect(rowsOf(records, ada.id)).toHaveLength(2);
  });

  test('has no last row without a second, nor of a participant that moves to another home', async () => {
    const { two, ada } = await signalling.twoHomes();
    const records = await recorded();
    // The next one is a minute away.
    await nextReading();
    const read = rowsOf(records, ada.id);
    await signalling.clock.advance(5000);
    await signalling.resume(two, ada);
    await signalling.clock.advance(0);
    expect(rowsOf(records, ada.id)).toEqual(read);
    const ben = await signalling.join(two, { name: 'Ben' });
    await ben.client.ok('leave', {});
    await signalling.clock.advance(0);
    expect(rowsOf(records, ben.id)).toEqual([]);
  });

  test('R11: shows a killed media worker as lost by the server, and goes on with its successor', async () => {
    const node = await signalling.node();
    const media = node.mediaHost.nodes()[0]!;
    const { who: ada, send } = await signalling.equipped(node, 'Ada');
    const records = await recorded();
    set(media, totals(send, { received: { arrived: 100, lost: 0 } }));
    await nextReading();
    node.mediaHost.lose(media);
    await signalling.clock.advance(4000);
    const successor = node.mediaHost.add('ws-1-media-1');
    const { id } = await ada.openTransport('send', successor.id);
    set(successor, totals(id, { received: { arrived: 30, lost: 10 }, bytesReceived: 75_000 }));
    await nextReading();
    expect(rowsOf(records, ada.id)[1]).toMatchObject({
      ...{ seconds: 60, quality: 'lost', limitation: 'server' },
      ...{ impairedSeconds: 4, serverSeconds: 4, uploadLoss: 0.25, uploadBitrate: 10_000 },
    });
    await nextReading();
    expect(rowsOf(records, ada.id)[2]).toMatchObject({ quality: 'excellent', impairedSeconds: 0, serverSeconds: 0 });
  });

  test('R10: of a participant with a new home continues there, once for each minute', async () => {
    const { one, two, ada } = await signalling.twoHomes();
    const media = one.mediaHost.nodes()[0]!;
    const { id: send } = await ada.openTransport('send', media.id);
    const records = await recorded();
    set(media, totals(send, { received: { arrived: 100, lost: 0 } }));
    await nextReading();
    await signalling.clock.advance(20_000);
    set(media, totals(send, { received: { arrived: 150, lost: 50 } }));
    await signalling.resume(two, ada);
    await nextReading();
    set(media, totals(send, { received: { arrived: 250, lost: 50 } }));
    await nextReading();
    const rows = rowsOf(records, ada.id);
    expect(rows.map(({ minute }) => minute - rows[0]!.minute)).toEqual([0, 1, 2]);
    expect(rows.map(({ seconds }) => seconds).slice(1)).toEqual([60, 60]);
    expect(rows.map(({ uploadLoss }) => uploadLoss)).toEqual([0, 0.5, 0]);
  });

  test('waits for a media node that cannot be reached, and describes the whole time', async () => {
    const node = await signalling.node();
    const media = node.mediaHost.nodes()[0]!;
    const { who: ada, send } = await signalling.equipped(node, 'Ada');
    const records = await recorded();
    set(media, totals(send, { received: { arrived: 100, lost: 0 } }));
    await nextReading();
    media.isLost = true;
    await nextReading();
    media.isLost = false;
    set(media, totals(send, { received: { arrived: 150, lost: 50 } }));
    await nextReading();
    const rows = rowsOf(records, ada.id);
    expect(rows.map(({ minute }) => minute - rows[0]!.minute)).toEqual([0, 2]);
    expect(rows[1]).toMatchObject({ seconds: 120, uploadLoss: 0.5 });
  });

  test('is not recorded where that is switched off', async () => {
    const node = await signalling.node({ qualityHistory: false });
    await signalling.equipped(node, 'Ada');
    const records = await recorded();
    await signalling.clock.advance(2 * MINUTE);
    expect(records).toEqual([]);
    expect(node.mediaHost.nodes()[0]!.calls).not.toContain('pathTotals');
  });
});

test('rooms are read at different seconds', () => {
  const at = Date.UTC(2026, 0, 1);
  const perSecond = new Map<number, number>();
  for (let room = 0; room < 6000; room += 1) {
    let second = 0;
    while (minuteOf(`room-${room}`, at + second * 1000) < at / MINUTE) second += 1;
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
  expect(perSecond.size).toBe(60);
  expect(Math.max(...perSecond.values())).toBeLessThan(200);
});

test('R12: records of quality are dropped when their stream is full, and room records are not', async () => {
  const { root, clock } = signalling;
  const dropped: string[] = [];
  const refusals = { count: (kind: string) => void dropped.push(kind) };
  const writer = qualityRecords(root.streams, clock, refusals as never);
  const record: QualityRecord = { roomId: 'room-1', minute: 1, rows: [] };
  for (let n = 0; n < 5000; n += 1) await root.streams.append(QUALITY_RECORDS_STREAM, record);
  for (let n = 0; n < 1003; n += 1) writer.add(record);
  await writer.flush();
  expect(dropped).toEqual(Array(3).fill('qualityDropped'));
  const node = await signalling.node();
  await signalling.join(node);
  const rooms = await signalling.records();
  await clock.advance(0);
  await expect.poll(() => rooms.map(({ type }) => type)).toEqual(['participant.joined']);
  // Once the database is back, what was kept follows.
  const records = await recorded();
  await expect.poll(() => records.length).toBe(5000);
  await clock.advance(1000);
  await expect.poll(() => records.length).toBe(6000);
});
