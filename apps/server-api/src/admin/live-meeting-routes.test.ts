import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWithAdministrator } from '../../test/administrator.js';
import { newCaller, newMeeting, newPerson, type Person } from '../../test/people.js';
import { type ServerUnderTest, STARTING } from '../../test/server.js';
import { participants } from '../database/schema.js';

let server: ServerUnderTest;
let root: Person;

beforeAll(async () => {
  ({ server, root } = await startWithAdministrator());
}, STARTING);
afterAll(() => server.close());

const ask = (method: 'GET' | 'POST', url: string, { headers } = root) =>
  server.api.fastify.inject({ method, url: `/v1/${url}`, headers: { ...headers } });

async function call(people: number) {
  const meeting = await newMeeting(server, undefined, { title: `Call of ${people}` });
  const callers = [];
  for (let n = 0; n < people; n += 1) {
    const caller = await newCaller(server, meeting);
    const joinedAt = new Date(server.clock.date() + n);
    const { participantId: id } = caller;
    await server.queries
      .insert(participants)
      .values({ id, meetingId: meeting.id, name: 'A', role: 'guest', nodeId: 'ws-1', joinedAt });
    callers.push(caller);
  }
  return { meeting, callers };
}

it('lists running calls in pages, and ends one for everybody', async () => {
  const [one, two] = [await call(1), await call(2)];
  await newMeeting(server);
  const first = (await ask('GET', 'admin/live-meetings?limit=1')).json();
  const second = (await ask('GET', `admin/live-meetings?limit=1&cursor=${first.nextCursor}`)).json();
  expect(second.nextCursor).toBeNull();
  const listed = [...first.items, ...second.items];
  expect(listed.map(({ code }) => code).sort()).toEqual([one.meeting.code, two.meeting.code].sort());
  const homeNodes = two.callers.map(({ participantId }) => `ws-${participantId.slice(0, 8)}`).sort();
  expect(listed.find(({ code }) => code === two.meeting.code)).toEqual({
    ...{ code: two.meeting.code, title: 'Call of 2', participants: 2, homeNodes, mediaNodes: [] },
    since: new Date(server.clock.date()).toISOString(),
  });

  expect((await ask('POST', `admin/live-meetings/${two.meeting.code}/end`)).statusCode).toBe(204);
  for (const { commands } of two.callers) expect(commands).toMatchObject([{ type: 'remove', reason: 'room-closed' }]);
  expect(one.callers[0]?.commands).toEqual([]);
  expect((await ask('GET', 'admin/audit-events')).json().items).toMatchObject([
    { action: 'call.ended', target: two.meeting.id, actor: { kind: 'administrator', id: root.userId } },
  ]);
  expect((await ask('POST', 'admin/live-meetings/aaa-aaaa-aaa/end')).json().code).toBe('meeting.not_found');
});

it('reads the quality of a meeting of others, and nothing else of it', async () => {
  const host = await newPerson(server);
  const { code } = await newMeeting(server, host);
  const other = await newPerson(server);
  for (const list of ['quality', 'calls']) {
    expect((await ask('GET', `meetings/${code}/${list}`)).statusCode).toBe(200);
    expect((await ask('GET', `meetings/${code}/${list}`, other)).json().code).toBe('meeting.not_found');
  }
  for (const list of ['messages', 'members', 'participants/history']) {
    expect((await ask('GET', `meetings/${code}/${list}`)).json().code).toBe('meeting.not_found');
  }
});

it('a call has run since its beginning, whoever is there now', async () => {
  const { meeting } = await call(1);
  const at = (minutes: number) => new Date(server.clock.date() - minutes * 60_000);
  const presence = (id: string, joined: number, left: number | null, hidden = false) =>
    server.queries.insert(participants).values({
      ...{ id: `${meeting.id}-${id}`, meetingId: meeting.id, name: 'A', role: 'guest', nodeId: 'ws-1', hidden },
      ...{ joinedAt: at(joined), leftAt: left === null ? null : at(left) },
    });
  // A call before; then Ada, Ben before she leaves, and who is there now before he leaves.
  await presence('earlier', 90, 60);
  await presence('recorder', 58, null, true);
  await presence('ada', 50, 30);
  await presence('ben', 40, 0);
  const { items } = (await ask('GET', 'admin/live-meetings')).json();
  const shown = items.find(({ code }: { code: string }) => code === meeting.code);
  expect(shown.since).toBe(at(50).toISOString());
});
