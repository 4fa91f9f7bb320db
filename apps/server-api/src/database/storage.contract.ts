import { randomUUID } from 'node:crypto';
import { createInProcessCluster, type InProcessCluster } from '@waterbus/cluster';
import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import {
  type CreateMeetingRequest,
  defaultMeetingSettings,
  ROOM_RECORDS_STREAM,
  type RoomRecord,
} from '@waterbus/protocol';
import type { Tracer } from '@waterbus/telemetry';
import { and, eq, gt, type SQL, sql } from 'drizzle-orm';
import Fastify from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NestedSpans } from '../../test/nested-spans.js';
import { STARTING } from '../../test/server.js';
import { anonymous } from '../access/principal.js';
import { shownMeeting } from '../meeting/shown-meeting.js';
import { createMeeting } from '../meetings/create-meeting.js';
import { meetingsOfOwner, meetingsOfUser } from '../meetings/list-meetings.js';
import { ParticipantRepository } from '../participants/participant-repository.js';
import { storeRoomRecords } from '../participants/room-records.js';
import type { Database, Queries } from './database.js';
import { type MeetingRow, meetings, members, users } from './schema.js';
import { statement, type ValueOf } from './statement.js';

export interface StorageUnderTest {
  /** Opens (and migrates) the same database every time. */
  open(tracer?: Tracer): Promise<Database>;
  close(): Promise<void>;
}

/** The common behaviour of every database of Server API. */
export function storageContract(name: string, start: () => Promise<StorageUnderTest>): void {
  describe(`storage on ${name}`, () => {
    let under: StorageUnderTest;
    let database: Database;
    let clock: VirtualClock;
    let cluster: InProcessCluster;
    let participants: ParticipantRepository;
    const tracer = new NestedSpans();

    beforeAll(async () => {
      under = await start();
      database = await under.open(tracer);
    }, STARTING);
    afterAll(async () => {
      await database.close();
      await under.close();
    });
    beforeEach(() => {
      clock = new VirtualClock();
      cluster = createInProcessCluster({ clock });
      participants = new ParticipantRepository(database.queries);
    });

    const create = (request: CreateMeetingRequest, newCode?: () => string) =>
      createMeeting({ queries: database.queries, clock }, anonymous, request, newCode);

    async function findByCode(code: string): Promise<MeetingRow | undefined> {
      return (await database.queries.select().from(meetings).where(eq(meetings.code, code)))[0];
    }

    async function newMeeting(): Promise<string> {
      const { meeting } = await create({ title: 'Records' });
      return (await findByCode(meeting.code))?.id ?? '';
    }

    const joined = (roomId: string, participantId: string, at: number): RoomRecord => ({
      type: 'participant.joined',
      roomId,
      participantId,
      name: 'Ada',
      role: 'guest',
      hidden: false,
      nodeId: 'node-1',
      at,
    });

    /** Appends records and lets the consumer process all of them. */
    async function store(...records: unknown[]): Promise<void> {
      for (const record of records) await cluster.streams.append(ROOM_RECORDS_STREAM, record);
      const stop = await storeRoomRecords(cluster, participants, Fastify({ logger: false }).log);
      await stop();
    }

    it('returns stored data in full', async () => {
      const title = 'Déjà vu 会議 🚋';
      const { meeting } = await create({ title, password: 'open sesame', settings: { chat: 'members' } });
      expect(shownMeeting((await findByCode(meeting.code)) as MeetingRow)).toEqual(meeting);
      expect(meeting).toMatchObject({ title, passwordRequired: true, createdAt: new Date(clock.date()).toISOString() });
      expect(meeting.settings).toEqual({ ...defaultMeetingSettings, chat: 'members' });
    });

    it('lists of meetings return the stored data as a read of each does', async () => {
      const [userId, owner] = [randomUUID(), 'user:list'];
      await database.queries
        .insert(users)
        .values({ id: userId, email: 'list@example.org', name: 'Ada', createdAt: new Date(0) });
      const plain = { title: 'Plain', createdAt: new Date(Date.UTC(2026, 1, 1, 12, 30, 15)) };
      const other = {
        title: '"Déjà vu" \\ 会議 🚋',
        passwordHash: 'x',
        locked: true,
        waitingRoom: true,
        settings: { chat: 'members', loudest: 0 } as const,
        scheduledStart: new Date(Date.UTC(9999, 11, 31, 23, 59, 59, 999)),
        lastSeq: 7,
        createdAt: new Date(Date.UTC(2026, 1, 1, 12, 30, 15, 70)),
      };
      const archived = { ...plain, archivedAt: new Date(Date.UTC(2026, 1, 2, 0, 0, 0, 500)) };
      const stored = [];
      for (const [n, values] of [plain, other, archived, { ...archived, ...other }].entries()) {
        const code = `lst-aaaa-aa${'abcd'[n]}`;
        const [meeting] = await database.queries
          .insert(meetings)
          .values({ code, owner, ...values })
          .returning();
        const member = { userId, role: 'moderator', state: 'joined', lastReadSeq: 3 } as const;
        const archived = 'archivedAt' in values;
        await database.queries.insert(members).values({
          meetingId: meeting!.id,
          ...member,
          mentioned: 'lastSeq' in values ? [7, 4, 2] : null,
          archived,
          createdAt: values.createdAt,
        });
        stored.push(meeting!);
      }
      const [first, second, third, fourth] = stored.map(shownMeeting);
      const unread = (n: number) => ({
        role: 'moderator',
        state: 'joined',
        lastReadSeq: 3,
        unread: n,
        mentions: n && 2,
        unreadPrivate: 0,
      });
      for (const [archived, older, newer] of [
        [false, first, second],
        [true, third, fourth],
      ] as const) {
        const page = { archived, limit: 1 };
        const ofUser = await meetingsOfUser(database.queries, userId, page);
        expect(ofUser.items).toEqual([{ ...newer, membership: unread(4) }]);
        const ofOwner = await meetingsOfOwner(database.queries, owner, page);
        expect(ofOwner.items).toEqual([{ ...newer, membership: null }]);
        const [cursor, ownersCursor] = [ofUser.nextCursor ?? undefined, ofOwner.nextCursor ?? undefined];
        expect(await meetingsOfUser(database.queries, userId, { ...page, cursor })).toEqual({
          items: [{ ...older, membership: unread(0) }],
          nextCursor: null,
        });
        expect(await meetingsOfOwner(database.queries, owner, { ...page, cursor: ownersCursor })).toEqual({
          items: [{ ...older, membership: null }],
          nextCursor: null,
        });
      }
    });

    it('a statement that is built once returns the same as one that is built each time', async () => {
      const ids = [await newMeeting(), await newMeeting()];
      const invited = { meetingId: ids[0] ?? '', email: 'ada@example.org', role: 'member', state: 'invited' } as const;
      await database.queries.insert(members).values({ ...invited, createdAt: new Date(1000) });
      const select = (queries: Queries, code: SQL | string, since: SQL | Date) =>
        queries
          .select({
            meeting: meetings,
            member: members,
            shouted: sql<string>`upper(${meetings.title})`,
            title: meetings.title,
          })
          .from(meetings)
          .leftJoin(members, and(eq(members.meetingId, meetings.id), gt(members.createdAt, since)))
          .where(eq(meetings.id, code))
          .orderBy(meetings.createdAt);
      const built = statement((queries, value: ValueOf<{ id: string; since: Date }>) =>
        select(queries, value('id'), value('since', members.createdAt)),
      );
      const insert = statement((queries, value: ValueOf<{ meetingId: string; at: Date }>) =>
        queries
          .insert(members)
          .values({
            meetingId: value('meetingId'),
            role: 'member',
            state: 'invited',
            createdAt: value('at', members.createdAt),
          })
          .returning({ id: members.id, at: members.createdAt, settled: sql<boolean>`${members.state} = 'joined'` }),
      );
      for (const id of ids) {
        for (const since of [new Date(0), new Date(2000)]) {
          const expected = await select(database.queries, id, since);
          expect(await built(database.queries, { id, since })).toEqual(expected);
          await database.queries.transaction(async (transaction) => {
            expect(await built(transaction, { id, since })).toEqual(expected);
          });
        }
      }
      const rolledBack = database.queries.transaction(async (transaction) => {
        const rows = await insert(transaction, { meetingId: ids[1] ?? '', at: new Date(5000) });
        expect(rows).toEqual([{ id: expect.any(String), at: new Date(5000), settled: false }]);
        throw new Error('rolled back');
      });
      await expect(rolledBack).rejects.toThrow('rolled back');
      expect(await database.queries.$count(members, eq(members.meetingId, ids[1] ?? ''))).toBe(0);
    });

    it('stores neither password nor host token in clear', async () => {
      const { meeting, hostToken } = await create({ title: 'T', password: 'open sesame' });
      const row = await findByCode(meeting.code);
      expect(row?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      expect(row?.hostTokenHash).toHaveLength(43);
      expect(JSON.stringify(row)).not.toMatch(new RegExp(`open sesame|${hostToken}`));
    });

    it('tries another code when one is taken, and fails with an error at the end', async () => {
      const codes = ['aaa-aaaa-aab', 'aaa-aaaa-aab', 'aaa-aaaa-aac'];
      const newCode = () => codes.shift() ?? 'aaa-aaaa-aac';
      expect((await create({ title: 'First' }, newCode)).meeting.code).toBe('aaa-aaaa-aab');
      expect((await create({ title: 'Second' }, newCode)).meeting.code).toBe('aaa-aaaa-aac');
      await expect(create({ title: 'Third' }, newCode)).rejects.toThrow(/codes in a row/);
      expect((await findByCode('aaa-aaaa-aab'))?.title).toBe('First');
    });

    it('R12: stores joins and leaves', async () => {
      const roomId = await newMeeting();
      await store(joined(roomId, `${roomId}-a`, 1000), joined(roomId, `${roomId}-b`, 2000), {
        type: 'participant.left',
        roomId,
        participantId: `${roomId}-a`,
        reason: 'left',
        at: 3000,
      });
      expect(await participants.ofMeeting(roomId)).toEqual([
        {
          id: `${roomId}-a`,
          meetingId: roomId,
          breakoutId: null,
          movedAt: null,
          userId: null,
          name: 'Ada',
          role: 'guest',
          hidden: false,
          nodeId: 'node-1',
          joinedAt: new Date(1000),
          leftAt: new Date(3000),
          leaveReason: 'left',
        },
        expect.objectContaining({ id: `${roomId}-b`, joinedAt: new Date(2000), leftAt: null, leaveReason: null }),
      ]);
    });

    it('R12: a repeated or late record counts once', async () => {
      const roomId = await newMeeting();
      const left = (reason: string, at: number) => ({
        type: 'participant.left',
        roomId,
        participantId: `${roomId}-a`,
        reason,
        at,
      });
      const once = joined(roomId, `${roomId}-a`, 1000);
      await store(once, once, left('left', 2000), left('node-lost', 9000), { ...once, name: 'Again' });
      expect(await participants.ofMeeting(roomId)).toEqual([
        expect.objectContaining({ name: 'Ada', leftAt: new Date(2000), leaveReason: 'left' }),
      ]);
    });

    it('R12: the end of a room ends the presences of that call and of no later one', async () => {
      const [roomId, another] = [await newMeeting(), await newMeeting()];
      const ended = { type: 'room.ended', roomId, at: 5000 };
      await store(joined(roomId, `${roomId}-a`, 1000), joined(another, `${another}-a`, 1000), ended);
      await store(joined(roomId, `${roomId}-b`, 6000), ended);
      expect(await participants.ofMeeting(roomId)).toMatchObject([
        { leftAt: new Date(5000), leaveReason: 'room-closed' },
        { leftAt: null },
      ]);
      expect(await participants.ofMeeting(another)).toMatchObject([{ leftAt: null }]);
    });

    it('R12: a record that can never be stored does not block later records', async () => {
      const roomId = await newMeeting();
      await store(
        { type: 'participant.joined' },
        null,
        joined('not-a-uuid', 'x', 1000),
        joined(randomUUID(), 'of-no-meeting', 1000),
        joined(roomId, `${roomId}-a`, Number.MAX_VALUE),
        joined(roomId, `${roomId}-b`, 1000),
      );
      expect((await participants.ofMeeting(roomId)).map(({ id }) => id)).toEqual([`${roomId}-b`]);
    });

    it('a statement within a trace has a span of its names, and so has a transaction', async () => {
      tracer.spans.length = 0;
      await findByCode('no trace');
      expect(tracer.spans).toEqual([]);
      await tracer.run({ name: 'api join', kind: 'server' }, async () => {
        await findByCode('of-one-code');
        await database.queries.transaction(async (transaction) => {
          await transaction.update(users).set({ name: 'Ada' }).where(eq(users.email, 'ada@example.org'));
        });
        await database.queries.execute(sql`select secret from "absent"`).catch(() => {});
      });
      expect(tracer.spans.slice(1).map(({ name, above, outcome }) => [name, above, outcome])).toEqual([
        ['postgresql SELECT meetings', 'api join', 'ok'],
        ['postgresql UPDATE users', 'api join', 'ok'],
        ['postgresql transaction', 'api join', undefined],
        ['postgresql SELECT absent', 'api join', 'error'],
      ]);
      expect(JSON.stringify(tracer.spans)).not.toMatch(/of-one-code|Ada|ada@example|secret/);
    });

    it('is migrated only once when it is opened again', async () => {
      const { meeting } = await create({ title: 'Kept' });
      await database.close();
      database = await under.open();
      expect((await findByCode(meeting.code))?.title).toBe('Kept');
      await database.check();
    });
  });
}
