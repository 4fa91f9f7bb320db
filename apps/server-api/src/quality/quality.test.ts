import { randomUUID } from 'node:crypto';
import {
  type MeetingCall,
  type Page,
  QUALITY_RECORDS_STREAM,
  type QualityMinute,
  type QualityRow,
  qualityMinuteSchema,
} from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES, startServerOn } from '../../test/databases.js';
import { type Asker, newMeeting, newMember, newPerson } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { type MeetingRow, participants, qualityMinutes } from '../database/schema.js';
import { listCalls } from './list-calls.js';

const MINUTE = 60_000;
/** Of the virtual clock: the tests' rows are of the hours before. */
const NOW = Date.UTC(2026, 0, 1);
const BEGIN = NOW - 3_600_000;

const good: Omit<QualityRow, 'participantId'> = {
  seconds: 60,
  quality: 'excellent',
  limitation: 'none',
  impairedSeconds: 0,
  uploadBitrate: 1_000_000,
  downloadBitrate: 2_000_000,
  serverLoss: 0,
  serverDelay: 1,
  missingPictures: 0,
};

describe.each(DATABASES)('call quality on %s', (name) => {
  let server: ServerUnderTest;
  let close: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    ({ server, close } = await startServerOn(name));
  }, STARTING);
  afterAll(() => close?.());

  const read = (asker: Asker, meeting: MeetingRow, path: string) =>
    server.api.fastify.inject({
      url: `/v1/meetings/${meeting.code}/${path}`,
      headers: asker.headers,
      remoteAddress: newAddress(),
    });

  async function minutes(asker: Asker, meeting: MeetingRow, query = ''): Promise<QualityMinute[]> {
    const { items } = (await read(asker, meeting, `quality${query}`)).json();
    return qualityMinuteSchema.array().parse(items);
  }

  async function presence(meeting: MeetingRow, change: Partial<typeof participants.$inferInsert> = {}) {
    const id = randomUUID();
    await server.queries.insert(participants).values({
      ...{ id, meetingId: meeting.id, name: 'Ada', role: 'guest', nodeId: 'ws-1', joinedAt: new Date(BEGIN) },
      ...change,
    });
    return id;
  }

  /** Appends the bodies; resolves once they are handled. */
  async function append(...bodies: unknown[]): Promise<void> {
    for (const body of bodies) await server.cluster.streams.append(QUALITY_RECORDS_STREAM, body);
    const meeting = await newMeeting(server);
    const sentinel = { roomId: meeting.id, minute: 1, rows: [{ participantId: 'sentinel', ...good }] };
    await server.cluster.streams.append(QUALITY_RECORDS_STREAM, sentinel);
    const stored = () => server.queries.$count(qualityMinutes, eq(qualityMinutes.meetingId, meeting.id));
    await expect.poll(stored, { timeout: 10_000 }).toBe(1);
  }

  const record = (meeting: MeetingRow, at: number, ...rows: QualityRow[]) => ({
    roomId: meeting.id,
    minute: at / MINUTE,
    rows,
  });

  it('is shown as it was measured, with the side at fault', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const [ada, ben] = [
      await presence(meeting, { name: 'Ada', userId: host.userId }),
      await presence(meeting, { name: 'Ben' }),
    ];
    const lossy: QualityRow = {
      participantId: ada,
      ...{ seconds: 59, quality: 'poor', limitation: 'upload', impairedSeconds: 31, way: 'tcp' },
      ...{ roundTripTime: 81.4, uploadLoss: 0.1234, downloadLoss: 0.00049, availableBitrate: 512_345 },
      ...{ uploadBitrate: 1_234_567, downloadBitrate: 0, serverLoss: 1, serverDelay: 12.5 },
      ...{ missingPictures: 2, missingSeconds: 11, serverSeconds: 1 },
      ...{ frameHeight: 720, freezes: 3, freezeTime: 1234 },
    };
    const others: QualityRow = { participantId: ben, ...good, missingPictures: 1, missingSeconds: 3 };
    const begins: QualityRow = { participantId: ben, ...good, missingPictures: 1, missingSeconds: 2 };
    // Of a server of an older version.
    const older: QualityRow = { participantId: ben, ...good, missingPictures: 1 };
    await append(
      record(meeting, BEGIN, lossy, others),
      record(meeting, BEGIN + MINUTE, begins),
      record(meeting, BEGIN + 2 * MINUTE, older),
    );
    const items = await minutes(host, meeting);
    expect(items.map(({ at, name, side }) => [at, name, side])).toEqual(
      [
        [new Date(BEGIN).toISOString(), 'Ada', 'upload'],
        [new Date(BEGIN).toISOString(), 'Ben', 'publisher'],
      ]
        .sort(([, a], [, b]) => ((a === 'Ada' ? ada : ben) < (b === 'Ada' ? ada : ben) ? -1 : 1))
        .concat([
          [new Date(BEGIN + MINUTE).toISOString(), 'Ben', 'none'],
          [new Date(BEGIN + 2 * MINUTE).toISOString(), 'Ben', 'publisher'],
        ]),
    );
    expect(items.find(({ name }) => name === 'Ada')).toEqual({
      ...lossy,
      ...{ at: new Date(BEGIN).toISOString(), name: 'Ada', userId: host.userId, side: 'upload' },
      ...{ roundTripTime: 81, downloadLoss: 0.0005, availableBitrate: 512_000, uploadBitrate: 1_235_000 },
      ...{ serverDelay: 13, freezeTime: 1230 },
    });
    expect(items.find(({ side }) => side === 'none')).toMatchObject({
      ...{ way: null, roundTripTime: null, uploadLoss: null, downloadLoss: null, availableBitrate: null },
      ...{ frameHeight: null, freezes: null, freezeTime: null },
    });
  });

  it('R12: counts a minute of a participant once, whatever is delivered again', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const id = await presence(meeting);
    const first = record(meeting, BEGIN, { participantId: id, ...good });
    const other = record(meeting, BEGIN, { participantId: id, ...good, seconds: 3 });
    await append(first, first, other, record(meeting, BEGIN + MINUTE, { participantId: id, ...good }), first);
    expect((await minutes(host, meeting)).map(({ seconds }) => seconds)).toEqual([60, 60]);
  });

  it('is not held up by records that are invalid or of an unknown meeting, and takes extreme values', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const id = await presence(meeting);
    const row = { participantId: id, ...good };
    const extreme: QualityRow = {
      ...row,
      ...{ seconds: 3600, impairedSeconds: 3600, roundTripTime: 3_600_000, uploadLoss: 1, downloadLoss: 1 },
      ...{
        uploadBitrate: Number.MAX_SAFE_INTEGER,
        downloadBitrate: 1e15,
        availableBitrate: 1e15,
        serverDelay: 3_600_000,
      },
      ...{ missingPictures: 10_000, frameHeight: 16_384, freezes: 10_000, freezeTime: 3_600_000 },
    };
    await append(
      null,
      'x',
      { ...record(meeting, BEGIN, row), roomId: 'room-1' },
      { ...record(meeting, BEGIN, row), minute: 2 ** 31 },
      record(meeting, BEGIN, { ...row, uploadLoss: 1.1 }),
      record(meeting, BEGIN, ...Array.from({ length: 51 }, () => row)),
      record(meeting, BEGIN, { ...row, way: 'carrier pigeon' } as never),
      { ...record(meeting, BEGIN, row), roomId: randomUUID() },
      record(meeting, BEGIN, extreme),
      record(meeting, 2_147_483_647 * MINUTE, row),
    );
    expect(await minutes(host, meeting)).toMatchObject([
      { seconds: 3600, roundTripTime: 32_767, uploadLoss: 1, uploadBitrate: 2_147_483_647_000, freezeTime: 327_670 },
    ]);
  });

  it('is paged, and limited to a time and a participant', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const ids = [await presence(meeting), await presence(meeting)].sort();
    const rows = ids.map((participantId) => ({ participantId, ...good }));
    await append(...[0, 1, 2].map((minute) => record(meeting, BEGIN + minute * MINUTE, ...rows)));
    const keys = (items: QualityMinute[]) =>
      items.map(({ at, participantId }) => [
        (Date.parse(at) - BEGIN) / MINUTE,
        ids.indexOf(participantId as (typeof ids)[number]),
      ]);
    const first = (await read(host, meeting, 'quality?limit=3')).json();
    const second = (await read(host, meeting, `quality?limit=3&cursor=${first.nextCursor}`)).json();
    expect(keys(first.items)).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
    ]);
    expect(keys(second.items)).toEqual([
      [1, 1],
      [2, 0],
      [2, 1],
    ]);
    expect(second.nextCursor).toBeNull();
    const at = (minute: number) => new Date(BEGIN + minute * MINUTE).toISOString();
    expect(keys(await minutes(host, meeting, `?from=${at(1)}&to=${at(2)}`))).toEqual([
      [1, 0],
      [1, 1],
    ]);
    expect(keys(await minutes(host, meeting, `?participantId=${ids[1]}&from=${at(0.5)}`))).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(await minutes(host, meeting, `?from=${at(2)}&to=${at(1)}`)).toEqual([]);
    expect(await minutes(host, meeting, '?from=1970-01-01T00:00:00Z&to=1970-01-01T00:00:00Z')).toEqual([]);
    for (const query of [
      'limit=0',
      'limit=1001',
      'from=yesterday',
      'to=2026',
      'participantId=a%20b',
      'page=1',
      'cursor=x',
    ])
      expectProblem(await read(host, meeting, `quality?${query}`), 'request.invalid');
    // From another list: its moment is no minute.
    const foreign = Buffer.from(JSON.stringify([BEGIN + 1, 'a'])).toString('base64url');
    expectProblem(await read(host, meeting, `quality?cursor=${foreign}`), 'request.invalid');
  });

  it('is readable by host and moderators only, and loses the name with the account', async () => {
    const [host, moderator, member, stranger] = await Promise.all([1, 2, 3, 4].map(() => newPerson(server)));
    const meeting = await newMeeting(server, host);
    await newMember(server, meeting, moderator!, 'moderator');
    await newMember(server, meeting, member!);
    const id = await presence(meeting, { userId: member!.userId, name: 'Secret' });
    await append(record(meeting, BEGIN, { participantId: id, ...good }));
    for (const path of ['quality', 'calls']) {
      expect((await read(moderator!, meeting, path)).statusCode).toBe(200);
      expectProblem(await read(member!, meeting, path), 'permission.denied');
      expectProblem(await read(stranger!, meeting, path), 'meeting.not_found');
    }
    const deleted = await server.api.fastify.inject({
      ...{ method: 'DELETE', url: '/v1/me', headers: member!.headers, remoteAddress: newAddress(), payload: {} },
    });
    expect(deleted.statusCode).toBe(204);
    expect(await minutes(host!, meeting)).toMatchObject([{ name: 'Deleted account', userId: null }]);
  });

  it('counts per call, the newest first', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const at = (minute: number) => new Date(BEGIN + minute * MINUTE);
    const first = await presence(meeting, { joinedAt: at(0), leftAt: at(10) });
    await presence(meeting, { joinedAt: at(1), leftAt: at(2) });
    const third = await presence(meeting, { joinedAt: at(9), leftAt: at(20) });
    const hidden = await presence(meeting, { joinedAt: at(25), leftAt: at(26), hidden: true });
    const last = await presence(meeting, { joinedAt: at(30), leftAt: null });
    const poor = { ...good, quality: 'poor' as const, limitation: 'download' as const };
    await append(
      record(meeting, BEGIN, { participantId: first, ...good }),
      record(meeting, BEGIN + 5 * MINUTE, { participantId: first, ...poor }),
      // The last row of somebody that left in minute 20, and one of a hidden participant.
      record(meeting, BEGIN + 21 * MINUTE, { participantId: third, ...good, seconds: 3 }),
      record(meeting, BEGIN + 20 * MINUTE, { participantId: hidden, ...good }),
      record(meeting, BEGIN + 30 * MINUTE, { participantId: last, ...poor, quality: 'lost' }),
    );
    const calls = async (query = '') => (await read(host, meeting, `calls${query}`)).json().items;
    const [earlier, later] = [
      { startedAt: at(0).toISOString(), endedAt: at(20).toISOString(), participants: 3, minutes: 3, poorMinutes: 1 },
      { startedAt: at(30).toISOString(), endedAt: null, participants: 1, minutes: 1, poorMinutes: 1 },
    ];
    expect(await calls()).toEqual([later, earlier]);
    expect(await calls(`?to=${at(25).toISOString()}`)).toEqual([earlier]);
    expect(await calls('?from=9999-01-01T00:00:00Z&to=9999-12-31T00:00:00Z')).toEqual([]);
    const page = async (query: string) => (await read(host, meeting, `calls?limit=1${query}`)).json();
    const newest = await page('');
    expect(newest.items).toEqual([later]);
    expect(await page(`&cursor=${newest.nextCursor}`)).toEqual({ items: [earlier], nextCursor: null });
    // A page that reads few presences continues where its last whole call began.
    const few = async (most: number, cursor?: string) =>
      listCalls(server.queries, meeting.id, { limit: 50, ...(cursor && { cursor }) }, NOW, most);
    const cut = await few(2);
    expect([cut.items, cut.nextCursor]).toEqual([[later], expect.any(String)]);
    expect(await few(4, cut.nextCursor ?? '')).toEqual({ items: [earlier], nextCursor: null });
    const parts = [];
    for (let next: string | null | undefined; next !== null && parts.length < 9; ) {
      const part: Page<MeetingCall> = await few(2, next);
      parts.push(...part.items);
      next = part.nextCursor;
    }
    expect(parts.map((call) => [call.startedAt, call.participants])).toEqual([
      [later.startedAt, 1],
      [at(9).toISOString(), 1],
      [at(0).toISOString(), 2],
    ]);
    // A cursor of the list of minutes.
    const foreign = Buffer.from(JSON.stringify([BEGIN, 'a'])).toString('base64url');
    for (const query of [`&cursor=${foreign}`, '&cursor=x', '&page=2'])
      expectProblem(await read(host, meeting, `calls?limit=1${query}`), 'request.invalid');
  });
});

it(
  'is not stored when it is kept for no day',
  async () => {
    const server = await startServer({ qualityDays: 0 });
    const meeting = await newMeeting(server);
    const body = { roomId: meeting.id, minute: BEGIN / MINUTE, rows: [{ participantId: 'a', ...good }] };
    const seen: string[] = [];
    await server.cluster.streams.append(QUALITY_RECORDS_STREAM, body);
    await server.cluster.streams.consume(QUALITY_RECORDS_STREAM, 'test', async ({ id }) => void seen.push(id));
    await server.cluster.streams.append(QUALITY_RECORDS_STREAM, body);
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(await server.queries.$count(qualityMinutes)).toBe(0);
    await server.close();
  },
  STARTING,
);
