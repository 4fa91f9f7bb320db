import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MailServer, startMailServer } from '../../test/mail-server.js';
import { type Asker, newMeeting, newMember, newPerson, nobody } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { occurrencesOf } from '../meeting/occurrences.js';

let mailServer: MailServer;
let server: ServerUnderTest;
beforeAll(async () => {
  mailServer = await startMailServer();
  server = await startServer({ mail: mailServer.settings, publicUrl: 'https://meet.example.org' });
}, STARTING);
afterAll(async () => {
  await server.close();
  await mailServer.close();
});

const ask = (asker: Asker, method: 'GET' | 'POST' | 'PATCH', path: string, payload?: object) =>
  server.api.fastify.inject({
    method,
    url: `/v1${path}`,
    headers: asker.headers,
    remoteAddress: newAddress(),
    ...(payload && { payload }),
  });
/** Hours after now, as ISO 8601. */
const inHours = (hours: number) => new Date(server.clock.date() + hours * 3_600_000).toISOString();
const once = { duration: 45, timeZone: 'Europe/Berlin', repeats: null };
const daily = { ...once, repeats: { every: 'day', interval: 1, until: null } };

describe('a schedule', () => {
  it('belongs to the meeting, and ends with its start', async () => {
    const host = await newPerson(server);
    const created = (
      await ask(host, 'POST', '/meetings', { title: 'T', scheduledStart: inHours(1), schedule: daily })
    ).json().meeting;
    expect(created).toMatchObject({ scheduledStart: inHours(1), schedule: daily });
    const path = `/meetings/${created.code}`;
    expect((await ask(nobody, 'GET', path)).json().meeting).toEqual(created);
    expect((await ask(host, 'GET', '/meetings')).json().items).toMatchObject([created]);
    const moved = (await ask(host, 'PATCH', path, { scheduledStart: inHours(5) })).json().meeting;
    expect(moved).toMatchObject({ scheduledStart: inHours(5), schedule: daily });
    const single = (await ask(host, 'PATCH', path, { schedule: once })).json().meeting;
    expect(single).toMatchObject({ scheduledStart: inHours(5), schedule: once });
    const ended = (await ask(host, 'PATCH', path, { scheduledStart: null })).json().meeting;
    expect(ended).toMatchObject({ scheduledStart: null, schedule: null });
    expectProblem(await ask(host, 'PATCH', path, { schedule: once }), 'request.invalid');
    expectProblem(await ask(host, 'PATCH', path, { scheduledStart: null, schedule: once }), 'request.invalid');
  });

  it.each([
    ['an unknown time zone', { ...once, timeZone: 'Mars/Olympus' }],
    ['an offset as time zone', { ...once, timeZone: '+02:00' }],
    ['no duration', { timeZone: 'UTC' }],
    ['a duration of two days', { ...once, duration: 2881 }],
    ['weekdays of a daily repetition', { ...once, repeats: { every: 'day', weekdays: [1] } }],
    ['a weekday twice', { ...once, repeats: { every: 'week', weekdays: [1, 1] } }],
    ['an eighth weekday', { ...once, repeats: { every: 'week', weekdays: [8] } }],
    ['an interval of zero', { ...once, repeats: { every: 'week', interval: 0 } }],
    ['an end that is no date', { ...once, repeats: { every: 'week', until: '2026-02-30' } }],
    ['an unknown field', { ...once, cost: 5 }],
  ])('refuses %s', async (_, schedule) => {
    const refused = await ask(nobody, 'POST', '/meetings', { title: 'T', scheduledStart: inHours(1), schedule });
    expectProblem(refused, 'request.invalid');
  });
});

describe('occurrences', () => {
  const berlin = (repeats: object, start = '2026-03-26T09:00:00Z') => ({
    scheduledStart: new Date(start),
    schedule: { duration: 60, timeZone: 'Europe/Berlin', repeats: { interval: 1, until: null, ...repeats } as never },
  });
  const starts = (scheduled: Parameters<typeof occurrencesOf>[0], from = '2026-01-01T00:00:00Z', limit = 5) =>
    occurrencesOf(scheduled, { from: Date.parse(from), before: Number.POSITIVE_INFINITY, limit }).map(
      ({ start }) => start,
    );

  it('keep the time of day when summer time begins', () => {
    expect(starts(berlin({ every: 'week' }), undefined, 2)).toEqual([
      '2026-03-26T09:00:00.000Z',
      '2026-04-02T08:00:00.000Z',
    ]);
  });

  it('begin with the start, also on another weekday, and then follow the weekdays of every second week', () => {
    expect(starts(berlin({ every: 'week', interval: 2, weekdays: [5, 1] }), undefined, 4)).toEqual([
      '2026-03-26T09:00:00.000Z',
      '2026-03-27T09:00:00.000Z',
      '2026-04-06T08:00:00.000Z',
      '2026-04-10T08:00:00.000Z',
    ]);
  });

  it('end with the last day of the time zone, included', () => {
    // 00:30 of the 27th in Berlin.
    const late = berlin({ every: 'day', until: '2026-03-28' }, '2026-03-26T23:30:00Z');
    expect(starts(late)).toEqual(['2026-03-26T23:30:00.000Z', '2026-03-27T23:30:00.000Z']);
  });

  it('after years: the running one and those after it, like the full list', () => {
    for (const repeats of [
      { every: 'day', interval: 3 },
      { every: 'week', weekdays: [2, 4] },
      { every: 'week', interval: 5 },
    ]) {
      const scheduled = berlin(repeats);
      const all = starts(scheduled, undefined, 250);
      const from = '2027-02-11T09:30:00Z';
      const later = all.filter((start) => Date.parse(start) + 3_600_000 > Date.parse(from)).slice(0, 5);
      expect(starts(scheduled, from)).toEqual(later);
      expect(later).toHaveLength(5);
    }
  });

  it('are the start alone in a zone that this system does not know', () => {
    const { scheduledStart, schedule } = berlin({ every: 'day' });
    const unknown = { scheduledStart, schedule: { ...schedule, timeZone: 'Mars/Olympus' } };
    expect(starts(unknown)).toEqual(['2026-03-26T09:00:00.000Z']);
  });

  it('end with the last moment of the API', () => {
    const last = berlin({ every: 'day' }, '9999-12-29T10:00:00Z');
    expect(starts(last, undefined, 10)).toHaveLength(2);
    expect(starts(berlin({ every: 'day' }, '9999-12-31T23:30:00Z'))).toEqual([]);
  });

  it('are the start alone without a schedule, for an hour', () => {
    const single = { scheduledStart: new Date('2026-03-26T09:00:00Z'), schedule: null };
    expect(starts(single, '2026-03-26T09:59:00Z')).toEqual(['2026-03-26T09:00:00.000Z']);
    expect(starts(single, '2026-03-26T10:00:00Z')).toEqual([]);
    expect(starts({ scheduledStart: null, schedule: null })).toEqual([]);
  });
});

describe('the next dates', () => {
  it('of a user are those of all meetings together, the earliest first', async () => {
    const host = await newPerson(server);
    const member = await newPerson(server);
    const start = (hours: number) => ({ scheduledStart: new Date(inHours(hours)) });
    const often = await newMeeting(server, host, { title: 'Often', ...start(-47), schedule: daily as never });
    const later = await newMeeting(server, host, { title: 'Later', ...start(10) });
    for (const meeting of [often, later]) await newMember(server, meeting, member);
    await newMember(server, await newMeeting(server, host, start(2)), member, 'member', 'invited');
    await newMember(server, await newMeeting(server, host, { ...start(2), archivedAt: new Date() }), member);
    await newMember(server, await newMeeting(server, host, start(-2)), member);
    const items = (await ask(member, 'GET', '/me/schedule?limit=3')).json().items;
    expect(items).toMatchObject([
      { start: inHours(1), end: inHours(1.75), meeting: { code: often.code, title: 'Often' }, repeats: true },
      { start: inHours(10), meeting: { title: 'Later' }, repeats: false },
      { start: inHours(25), meeting: { title: 'Often' } },
    ]);
    const before = encodeURIComponent(inHours(10));
    expect((await ask(member, 'GET', `/me/schedule?before=${before}`)).json().items).toHaveLength(1);
    const ofMeeting = (await ask(nobody, 'GET', `/meetings/${often.code}/schedule?limit=1`)).json();
    expect(ofMeeting).toEqual({ items: [{ start: inHours(1), end: inHours(1.75) }] });
  });
});

describe('the calendar file', () => {
  it('has the link, the dates in their zone and the title, whose signs do not end a line', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host, {
      title: 'Plan; A, B',
      scheduledStart: new Date('2026-03-26T09:00:00Z'),
      schedule: {
        duration: 45,
        timeZone: 'Europe/Berlin',
        repeats: { every: 'week', interval: 1, weekdays: [1, 4], until: '2026-04-10' },
      },
    });
    const file = await ask(nobody, 'GET', `/meetings/${meeting.code}/calendar`);
    expect(file.headers['content-type']).toBe('text/calendar; charset=utf-8');
    expect(file.headers['content-disposition']).toBe(`attachment; filename="${meeting.code}.ics"`);
    const lines = file.body.split('\r\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'TZID:Europe/Berlin',
        `UID:${meeting.code}@meet.example.org`,
        'DTSTART;TZID=Europe/Berlin:20260326T100000',
        'DTEND;TZID=Europe/Berlin:20260326T104500',
        'RRULE:FREQ=WEEKLY;INTERVAL=1;UNTIL=20260410T215959Z;BYDAY=MO,TH',
        'SUMMARY:Plan\\; A\\, B',
        `LOCATION:https://meet.example.org/m/${meeting.code}`,
      ]),
    );
  });

  it('needs a start, and a visible meeting', async () => {
    const host = await newPerson(server);
    const unscheduled = await newMeeting(server, host);
    expectProblem(await ask(host, 'GET', `/meetings/${unscheduled.code}/calendar`), 'request.not_found');
    const hidden = await newMeeting(server, host, { scheduledStart: new Date(), settings: { access: 'members' } });
    expectProblem(await ask(nobody, 'GET', `/meetings/${hidden.code}/calendar`), 'meeting.not_found');
    expect((await ask(host, 'GET', `/meetings/${hidden.code}/calendar`)).statusCode).toBe(200);
  });

  it('is attached to the invitation to a scheduled meeting, without the title', async () => {
    const host = await newPerson(server, { emailVerifiedAt: new Date() });
    const meeting = await newMeeting(server, host, { title: 'Buy pills', scheduledStart: new Date(inHours(3)) });
    const invited = await ask(host, 'POST', `/meetings/${meeting.code}/members`, { email: 'ben@example.org' });
    expect(invited.json()).toMatchObject({ mailed: true });
    const [mail] = await mailServer.received(server, 1);
    expect(mail?.text).toContain('text/calendar');
    expect(mail?.text).toContain('meeting.ics');
    const encoded = /filename="?meeting\.ics"?[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(mail?.raw ?? '')?.[1] ?? '';
    const calendar = Buffer.from(encoded, 'base64').toString();
    expect(calendar).toContain('SUMMARY:Meeting\r\n');
    expect(calendar).toContain(`/m/${meeting.code}`);
    expect(mail?.raw).not.toContain('pills');
  });
});
