import { afterEach, expect, it, vi } from 'vitest';
import { meeting } from '../../test/meeting.js';
import { ManagedMeeting } from './managed-meeting.js';

const server = 'https://meet.example.org';
const account = { asUser: <T>(ask: (token: string | undefined) => Promise<T>) => ask('mine') };
const code = 'abc-defg-hjk';
afterEach(() => void vi.unstubAllGlobals());

/** Answers the requests in this order; returns them as `GET path`, with their credential. */
function answers(...responses: Response[]) {
  const sent: string[] = [];
  vi.stubGlobal('fetch', async (url: URL, init: RequestInit) => {
    const token = new Headers(init.headers).get('authorization');
    sent.push(`${init.method} ${url.pathname.replace(`/v1/meetings/${code}`, '')}${url.search} ${token}`);
    return responses.shift() ?? Response.error();
  });
  return sent;
}

it('acts as the user, or with the host token instead', async () => {
  const sent = answers(Response.json({ meeting }), Response.json({ meeting }));
  await expect(new ManagedMeeting(account, { code, server }).read()).resolves.toEqual(meeting);
  await new ManagedMeeting(account, { code, server, hostToken: 'host' }).read();
  expect(sent).toEqual(['GET  Bearer mine', 'GET  Bearer host']);
});

it('reads every page of the attendance of a range', async () => {
  const stay = (participantId: string) => ({
    ...{ participantId, name: 'Ada', userId: null, role: 'guest' },
    ...{ joinedAt: '2026-01-01T00:00:00.000Z', leftAt: null },
  });
  const sent = answers(
    Response.json({ items: [stay('p1')], nextCursor: 'next' }),
    Response.json({ items: [stay('p2')], nextCursor: null }),
  );
  const range = { from: '2026-01-01T00:00:00Z' };
  const stays = await new ManagedMeeting(account, { code, server }).attendance(range);
  expect(stays.map(({ participantId }) => participantId)).toEqual(['p1', 'p2']);
  const from = 'from=2026-01-01T00%3A00%3A00Z';
  expect(sent).toEqual([`GET /attendance?${from} Bearer mine`, `GET /attendance?cursor=next&${from} Bearer mine`]);
});

it('keeps the byte order mark of a file, for spreadsheets', async () => {
  answers(new Response('\ufeff"Name"'));
  await expect(new ManagedMeeting(account, { code, server }).attendanceFile()).resolves.toBe('\ufeff"Name"');
});

it('answers files as text, and refusals by their codes', async () => {
  const problem = { type: 'x', title: 'No', status: 403, code: 'permission.denied' };
  const sent = answers(new Response('BEGIN:VCALENDAR'), Response.json(problem, { status: 403 }));
  const managed = new ManagedMeeting(account, { code, server });
  await expect(managed.calendarFile()).resolves.toBe('BEGIN:VCALENDAR');
  await expect(managed.attendanceFile({ timeZone: 'Europe/Berlin' })).rejects.toMatchObject({ code: problem.code });
  expect(sent).toEqual(['GET /calendar Bearer mine', 'GET /attendance.csv?timeZone=Europe%2FBerlin Bearer mine']);
});

it('sends, lists, reads and deletes private messages on paths of their own', async () => {
  const side = (name: string) => ({ userId: crypto.randomUUID(), participantId: null, name });
  const message = {
    id: crypto.randomUUID(),
    clientId: crypto.randomUUID(),
    ...{ author: side('Ada'), to: side('Ben'), text: 'Hello', createdAt: '2026-01-01T00:00:00.000Z' },
    ...{ own: true, unread: false },
  };
  const done = () => new Response(null, { status: 204 });
  const page = { items: [message], nextCursor: null };
  const sent = answers(Response.json({ message }), Response.json(page), Response.json(page), done(), done());
  const { privateChat } = new ManagedMeeting(account, { code, server });
  const to = { userId: message.to.userId };
  await expect(privateChat.send(to, 'Hello', { clientId: message.clientId })).resolves.toEqual(message);
  await expect(privateChat.list()).resolves.toEqual(page);
  await privateChat.list('next');
  await privateChat.markRead(message.id);
  await privateChat.delete(message.id);
  expect(sent).toEqual([
    'POST /private-messages Bearer mine',
    'GET /private-messages Bearer mine',
    'GET /private-messages?cursor=next Bearer mine',
    'PUT /private-messages/read Bearer mine',
    `DELETE /private-messages/${message.id} Bearer mine`,
  ]);
});
