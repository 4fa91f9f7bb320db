import { randomUUID } from 'node:crypto';
import { inArray, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DATABASES, startServerOn } from '../../test/databases.js';
import { newMeeting, newMember, newPerson } from '../../test/people.js';
import { type ServerUnderTest, STARTING } from '../../test/server.js';
import {
  admissions,
  auditEvents,
  mailedTokens,
  mails,
  meetings,
  messages,
  participants,
  qualityMinutes,
  sessions,
  webhookDeliveries,
  webhookEvents,
  webhooks,
} from './schema.js';

const MINUTE = 60_000;
const DAY = 86_400_000;

describe.each(DATABASES)('retention on %s', (name) => {
  let server: ServerUnderTest;
  let close: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    ({ server, close } = await startServerOn(name));
  }, STARTING);
  afterAll(() => close?.());

  it('deletes outdated rows, and nothing else', async () => {
    const now = server.clock.date();
    const { queries } = server;
    const { userId, sessionId } = await newPerson(server);
    const meeting = await newMeeting(server);
    const ago = (milliseconds: number) => new Date(now - milliseconds);

    const session = { userId, rotatedAt: ago(0), createdAt: ago(0), lastUsedAt: ago(0) };
    await queries.insert(sessions).values(Array.from({ length: 1200 }, () => ({ ...session, expiresAt: ago(1) })));
    const token = { userId, purpose: 'verify-email' as const };
    await queries.insert(mailedTokens).values([
      { ...token, hash: 'old', expiresAt: ago(1) },
      { ...token, hash: 'good', expiresAt: ago(-DAY) },
    ]);
    const mail = { recipient: 'a@example.org', subject: 'S', text: 'T', createdAt: ago(3 * DAY) };
    await queries.insert(mails).values([
      { ...mail, subject: 'old', nextAttemptAt: ago(3 * DAY) },
      { ...mail, subject: 'late', nextAttemptAt: ago(DAY) },
    ]);
    const admission = { meetingId: meeting.id, name: 'A', role: 'guest' as const, network: '192.0.2.1' };
    const admitted = { ...admission, state: 'admitted' as const };
    await queries.insert(admissions).values([
      { ...admitted, id: 'old', createdAt: ago(8 * DAY) },
      { ...admitted, id: 'old-left', createdAt: ago(8 * DAY) },
      { ...admitted, id: 'old-present', createdAt: ago(8 * DAY) },
      { ...admitted, id: 'new', createdAt: ago(6 * DAY) },
      { ...admission, id: 'old-waiting', state: 'waiting', createdAt: ago(DAY + MINUTE) },
      { ...admission, id: 'waiting', state: 'waiting', createdAt: ago(DAY - 3 * MINUTE) },
    ]);
    const presence = { meetingId: meeting.id, name: 'A', role: 'guest' as const, nodeId: 'n', joinedAt: ago(8 * DAY) };
    await queries.insert(participants).values([
      { ...presence, id: 'old-left', leftAt: ago(7 * DAY), leaveReason: 'left' },
      { ...presence, id: 'old-present' },
      { ...presence, id: 'past', leftAt: ago(366 * DAY), leaveReason: 'left' },
      { ...presence, id: 'within', leftAt: ago(364 * DAY), leaveReason: 'left' },
    ]);
    const event = { owner: 'user:x', type: 'meeting.started' as const, data: {} };
    const [old, young] = [randomUUID(), randomUUID()];
    await queries.insert(webhookEvents).values([
      { ...event, id: old, createdAt: ago(31 * DAY) },
      { ...event, id: young, createdAt: ago(29 * DAY) },
    ]);
    const [webhook] = await queries
      .insert(webhooks)
      .values({ owner: 'user:x', url: 'https://example.org', secret: 's', events: [], createdAt: ago(0) })
      .returning();
    const delivery = { webhookId: webhook?.id ?? '', state: 'delivered' as const, createdAt: ago(29 * DAY) };
    await queries.insert(webhookDeliveries).values([old, young].map((eventId) => ({ ...delivery, eventId })));

    const audited = { userId, actorKind: 'user' as const, action: 'session.started' as const, details: {} };
    await queries.insert(auditEvents).values([
      { ...audited, target: 'old', createdAt: ago(366 * DAY) },
      { ...audited, target: 'young', createdAt: ago(364 * DAY) },
    ]);
    const minute = { meetingId: meeting.id, uploadBitrate: 0, downloadBitrate: 0, seconds: 60, impairedSeconds: 0 };
    const figures = { quality: 0, limitation: 0, serverLoss: 0, serverDelay: 0, missingPictures: 0 };
    const minuteAgo = (age: number) => Math.floor((now - age) / MINUTE);
    await queries.insert(qualityMinutes).values([
      ...Array.from({ length: 1200 }, (_, index) => ({
        ...minute,
        ...figures,
        ...{ participantId: `old-${index}`, minute: minuteAgo(30 * DAY) - 1 },
      })),
      { ...minute, ...figures, participantId: 'young', minute: minuteAgo(29 * DAY) },
    ]);

    await server.clock.advance(MINUTE - 1);
    expect(await queries.$count(sessions)).toBe(1201);
    expect(await queries.$count(qualityMinutes)).toBe(1201);
    await server.clock.advance(1);
    const ids = async (rows: Promise<{ id: string }[]>) => (await rows).map(({ id }) => id).sort();
    await vi.waitFor(
      async () => {
        expect(await ids(queries.select({ id: webhookEvents.id }).from(webhookEvents))).toEqual([young]);
      },
      { timeout: 15_000 },
    );
    expect(await ids(queries.select({ id: qualityMinutes.participantId }).from(qualityMinutes))).toEqual(['young']);
    expect(await ids(queries.select({ id: webhookDeliveries.eventId }).from(webhookDeliveries))).toEqual([young]);
    expect(await ids(queries.select({ id: sessions.id }).from(sessions))).toEqual([sessionId]);
    expect(await ids(queries.select({ id: mailedTokens.hash }).from(mailedTokens))).toEqual(['good']);
    expect((await queries.select().from(auditEvents)).map(({ target }) => target)).toEqual(['young']);
    expect(await ids(queries.select({ id: mails.subject }).from(mails))).toEqual(['late']);
    expect(await ids(queries.select({ id: participants.id }).from(participants))).toEqual([
      'old-left',
      'old-present',
      'within',
    ]);
    expect(await ids(queries.select({ id: admissions.id }).from(admissions))).toEqual([
      'new',
      'old-present',
      'waiting',
    ]);
  });

  it(
    'deletes unused meetings without an owner, and no others',
    async () => {
      const { queries, clock } = server;
      const now = clock.date();
      const ago = (days: number) => new Date(now - days * DAY);
      const old = { createdAt: ago(91) };
      const person = await newPerson(server);
      const gone = await newMeeting(server, undefined, old);
      const goneAfterUse = await newMeeting(server, undefined, { ...old, lastSeq: 1 });
      const goneAfterStart = await newMeeting(server, undefined, { ...old, scheduledStart: ago(91) });
      const kept = {
        young: await newMeeting(server, undefined, { createdAt: ago(89) }),
        owned: await newMeeting(server, person, old),
        ofKey: await newMeeting(server, undefined, { ...old, owner: 'key:crm' }),
        withMember: await newMeeting(server, undefined, old),
        called: await newMeeting(server, undefined, old),
        inCall: await newMeeting(server, undefined, old),
        written: await newMeeting(server, undefined, { ...old, lastSeq: 1 }),
        planned: await newMeeting(server, undefined, { ...old, scheduledStart: ago(-30) }),
        joined: await newMeeting(server, undefined, old),
      };
      await newMember(server, kept.withMember, person);
      const presence = { name: 'A', role: 'guest' as const, nodeId: 'n', joinedAt: ago(91) };
      await queries.insert(participants).values([
        { ...presence, id: 'gone', meetingId: goneAfterUse.id, leftAt: ago(90.5) },
        { ...presence, id: 'called', meetingId: kept.called.id, leftAt: ago(89) },
        { ...presence, id: 'in-call', meetingId: kept.inCall.id },
      ]);
      const message = { seq: 1, sender: 's', clientId: 'c', authorName: 'A', text: 'T' };
      await queries.insert(messages).values([
        { ...message, meetingId: goneAfterUse.id, createdAt: ago(90.5) },
        { ...message, meetingId: kept.written.id, createdAt: ago(89) },
      ]);
      await queries.insert(admissions).values({
        id: 'joined-lately',
        meetingId: kept.joined.id,
        name: 'A',
        role: 'guest',
        network: '192.0.2.1',
        state: 'admitted',
        createdAt: ago(1),
      });
      const expired = [gone.id, goneAfterUse.id, goneAfterStart.id];
      const known = [...expired, ...Object.values(kept).map(({ id }) => id)];
      const there = async () =>
        (await queries.select({ id: meetings.id }).from(meetings).where(inArray(meetings.id, known))).map(
          ({ id }) => id,
        );
      await vi.waitFor(
        async () => {
          await clock.advance(60 * MINUTE);
          expect((await there()).sort()).toEqual(known.filter((id) => !expired.includes(id)).sort());
        },
        { timeout: 60_000 },
      );
    },
    STARTING,
  );

  it('repeats every hour', async () => {
    await vi.waitFor(
      async () => {
        await server.clock.advance(60 * MINUTE);
        expect(await server.queries.$count(admissions, sql`id = 'waiting'`)).toBe(0);
      },
      { timeout: 15_000 },
    );
  });
});
