import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Asker, newMeeting, newMember, newPerson, nobody } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { type MeetingRow, participants } from '../database/schema.js';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer();
}, STARTING);
afterAll(() => server.close());

const read = (asker: Asker, meeting: MeetingRow, path: string) =>
  server.api.fastify.inject({
    url: `/v1/meetings/${meeting.code}/attendance${path}`,
    headers: asker.headers,
    remoteAddress: newAddress(),
  });
const at = (time: string) => new Date(`2026-03-02T${time}Z`);

/** Two calls; the second one is running. */
async function scene() {
  const host = await newPerson(server);
  const meeting = await newMeeting(server, host);
  const stay = { meetingId: meeting.id, role: 'guest' as const, nodeId: 'n' };
  const row = (change: Partial<typeof participants.$inferInsert>) => ({ ...stay, id: randomUUID(), ...change });
  await server.queries
    .insert(participants)
    .values([
      row({ name: 'Ada', userId: host.userId, role: 'host', joinedAt: at('09:00:00'), leftAt: at('10:00:29') }),
      row({ name: '=HYPERLINK("http://evil")', joinedAt: at('09:05:00'), leftAt: at('09:10:00') }),
      row({ name: 'Observer', hidden: true, joinedAt: at('09:06:00'), leftAt: at('09:10:00') }),
      row({ name: 'Zoë, Ünal', joinedAt: at('12:00:00') }),
    ] as (typeof participants.$inferInsert)[]);
  await server.queries.insert(participants).values({
    ...{ ...stay, id: randomUUID(), meetingId: (await newMeeting(server)).id },
    ...{ name: 'Elsewhere', joinedAt: at('09:00:00') },
  });
  return { host, meeting };
}

it('lists the stays that overlap a range in the order of joining, page by page, without hidden ones', async () => {
  const { host, meeting } = await scene();
  const names = async (query: string) =>
    (await read(host, meeting, query)).json().items.map(({ name }: { name: string }) => name);
  const [ada, evil, zoe] = ['Ada', '=HYPERLINK("http://evil")', 'Zoë, Ünal'];
  expect(await names('')).toEqual([ada, evil, zoe]);
  expect(await names('?from=2026-03-02T09:00:00Z&to=2026-03-02T10:00:29Z')).toEqual([ada, evil]);
  expect(await names('?from=2026-03-02T09:10:00Z')).toEqual([ada, zoe]);
  expect(await names('?to=2026-03-02T09:05:00Z')).toEqual([ada]);
  const first = (await read(host, meeting, '?limit=2')).json();
  expect(first.items).toMatchObject([{ userId: host.userId, role: 'host', leftAt: '2026-03-02T10:00:29.000Z' }, {}]);
  const next = await read(host, meeting, `?limit=2&cursor=${first.nextCursor}`);
  expect(next.json()).toMatchObject({ items: [{ name: zoe, leftAt: null }], nextCursor: null });
});

it('is a table for spreadsheets, in which a name is no formula', async () => {
  const { host, meeting } = await scene();
  const file = await read(host, meeting, '.csv?timeZone=Europe/Berlin');
  expect(file.headers['content-type']).toBe('text/csv; charset=utf-8');
  expect(file.headers['content-disposition']).toBe(`attachment; filename="${meeting.code}-attendance.csv"`);
  expect(file.headers['cache-control']).toBe('no-store');
  expect(file.body.split('\r\n')).toEqual([
    '\ufeff"Name","Role","Joined (Europe/Berlin)","Left (Europe/Berlin)","Minutes"',
    '"Ada","host","2026-03-02 10:00:00","2026-03-02 11:00:29",60',
    `"'=HYPERLINK(""http://evil"")","guest","2026-03-02 10:05:00","2026-03-02 10:10:00",5`,
    '"Zoë, Ünal","guest","2026-03-02 13:00:00","",""',
    '',
  ]);
  expect((await read(host, meeting, '.csv?to=2026-03-02T09:01:00Z')).body).toContain('"Joined (UTC)"');
});

it('is for those who run the meeting', async () => {
  const { host, meeting } = await scene();
  const [member, moderator] = [await newPerson(server), await newPerson(server)];
  await newMember(server, meeting, member);
  await newMember(server, meeting, moderator, 'moderator');
  for (const path of ['', '.csv']) {
    expect((await read(moderator, meeting, path)).statusCode).toBe(200);
    expectProblem(await read(member, meeting, path), 'permission.denied');
    expectProblem(await read(nobody, meeting, path), 'account.required');
    expectProblem(await read(host, meeting, `${path}?from=yesterday`), 'request.invalid');
  }
  expectProblem(await read(host, meeting, '.csv?timeZone=Mars'), 'request.invalid');
});
