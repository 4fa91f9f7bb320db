import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Asker, newCaller, newMeeting, newMember, newPerson, nobody } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { hashPassword } from '../access/password.js';
import { admissions, bans, guestInvitations, mails, meetings } from '../database/schema.js';

let server: ServerUnderTest;
let passwordHash: string;
beforeAll(async () => {
  const mail = { url: 'smtp://127.0.0.1:9', from: 'Waterbus <meet@example.org>' };
  server = await startServer({ mail, publicUrl: 'https://meet.example.org', limits: { inviteGuest: LIMIT } });
  passwordHash = await hashPassword('secret');
}, STARTING);
afterAll(() => server.close());

const ask = (method: 'GET' | 'POST' | 'DELETE', path: string, asker: Asker, payload?: object, from = newAddress()) =>
  server.api.fastify.inject({
    method,
    url: `/v1/meetings/${path}`,
    headers: asker.headers,
    remoteAddress: from,
    ...(payload && { payload }),
  });
const invite = (meeting: { code: string }, asker: Asker, guest: object) =>
  ask('POST', `${meeting.code}/guest-invitations`, asker, guest);
const join = (meeting: { code: string }, invitationToken?: string, from = newAddress()) =>
  ask('POST', `${meeting.code}/join`, nobody, { name: 'Gus', ...(invitationToken && { invitationToken }) }, from);
const verified = () => newPerson(server, { emailVerifiedAt: new Date(server.clock.date()) });

it('lets its holder in without the password, and without waiting where the host chose so', async () => {
  const host = await verified();
  const meeting = await newMeeting(server, host, { passwordHash, waitingRoom: true });
  const made = await invite(meeting, host, { email: 'Gus@Example.org', waits: false });
  expect(made.statusCode).toBe(201);
  const { invitation, invitationToken, mailed } = made.json();
  expect([invitation.email, invitation.waits, mailed]).toEqual(['gus@example.org', false, true]);
  expect((await join(meeting, invitationToken)).json().status).toBe('admitted');
  // As often as the guest comes back.
  expect((await join(meeting, invitationToken)).json().status).toBe('admitted');

  await server.clock.advance(5);
  const waiting = (await invite(meeting, host, { email: 'kim@example.org' })).json();
  expect((await join(meeting, waiting.invitationToken)).json().status).toBe('waiting');
  // A token of nobody, of another meeting, and none.
  for (const token of ['x'.repeat(43), undefined])
    expectProblem(await join(meeting, token), 'meeting.password_required');
  const other = await newMeeting(server, host, { passwordHash });
  expectProblem(await join(other, invitationToken), 'meeting.password_required');

  // Its secret is stored as a hash, and no list has it.
  const list = (await ask('GET', `${meeting.code}/guest-invitations`, host)).body;
  expect(JSON.parse(list).items).toEqual([invitation, waiting.invitation]);
  expect(list).not.toContain(invitationToken);
  expect(JSON.stringify(await server.queries.select().from(guestInvitations))).not.toContain(invitationToken);

  // Withdrawn, and expired.
  expect((await ask('DELETE', `${meeting.code}/guest-invitations/${invitation.id}`, host)).statusCode).toBe(204);
  expectProblem(await join(meeting, invitationToken), 'meeting.password_required');
  await server.queries.update(guestInvitations).set({ expiresAt: new Date(server.clock.date()) });
  expectProblem(await join(meeting, waiting.invitationToken), 'meeting.password_required');
});

it('overrides neither a lock, nor a ban, nor a moderator who sent the guest back', async () => {
  const host = await verified();
  const meeting = await newMeeting(server, host, { waitingRoom: true });
  const { invitationToken } = (await invite(meeting, host, { email: 'gus@example.org', waits: false })).json();
  const from = newAddress();
  const { participantId } = (await join(meeting, invitationToken, from)).json();
  await server.queries.update(admissions).set({ state: 'sent-back' }).where(eq(admissions.id, participantId));
  expect((await join(meeting, invitationToken, from)).json().status).toBe('waiting');
  const [{ network } = { network: '' }] = await server.queries
    .select({ network: admissions.network })
    .from(admissions)
    .where(eq(admissions.id, participantId));
  const createdAt = new Date(server.clock.date());
  await server.queries.insert(bans).values({ meetingId: meeting.id, network, name: 'Gus', createdAt });
  expectProblem(await join(meeting, invitationToken, from), 'meeting.not_found');
  await server.queries.update(meetings).set({ locked: true }).where(eq(meetings.id, meeting.id));
  expectProblem(await join(meeting, invitationToken), 'meeting.locked');
});

it('answers alike for addresses with and without an account, and replaces an earlier invitation', async () => {
  const host = await verified();
  const meeting = await newMeeting(server, host, { passwordHash });
  const member = await verified();
  await newMember(server, meeting, member);
  const shapes = [];
  for (const email of [member.email, (await verified()).email, 'stranger@example.org']) {
    const { statusCode, body } = await invite(meeting, host, { email });
    shapes.push([statusCode, Object.keys(JSON.parse(body)), JSON.parse(body).mailed]);
  }
  expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
  const [first, second] = [
    (await invite(meeting, host, { email: 'gus@example.org' })).json(),
    (await invite(meeting, host, { email: 'gus@example.org', waits: false })).json(),
  ];
  expectProblem(await join(meeting, first.invitationToken), 'meeting.password_required');
  expect((await join(meeting, second.invitationToken)).json().status).toBe('admitted');
});

it('mails the link with the secret in its fragment, and the date of the meeting', async () => {
  await server.queries.delete(mails);
  const host = await verified();
  const scheduledStart = new Date(server.clock.date() + 3_600_000);
  const meeting = await newMeeting(server, host, { scheduledStart, title: 'You won' });
  const { invitationToken } = (await invite(meeting, host, { email: 'gus@example.org' })).json();
  const [mail] = await server.queries.select().from(mails);
  expect(mail?.recipient).toBe('gus@example.org');
  expect(mail?.text).toContain(`https://meet.example.org/m/${meeting.code}#invitation=${invitationToken}`);
  expect(mail?.text).toContain(host.email);
  expect(mail?.calendar).toContain('BEGIN:VEVENT');
  expect(mail?.calendar).not.toContain(invitationToken);
  expect(`${mail?.subject}${mail?.text}${mail?.calendar}`).not.toContain('You won');
});

it('is for those who may invite, where guests may join, and limited', async () => {
  const host = await verified();
  const meeting = await newMeeting(server, host);
  const email = 'gus@example.org';
  expectProblem(await invite(meeting, await newCaller(server, meeting), { email }), 'permission.denied');
  expect(
    (await invite(meeting, await newCaller(server, meeting, { role: 'moderator' }), { email })).json(),
  ).toMatchObject({
    mailed: false,
  });
  const closed = await newMeeting(server, host, { settings: { access: 'members' } });
  expectProblem(await invite(closed, host, { email }), 'permission.denied');
  const statuses = [];
  for (let n = 0; n < LIMIT.count; n += 1) statuses.push((await invite(meeting, host, { email })).statusCode);
  expect(statuses).toEqual([...Array(LIMIT.count - 1).fill(201), 429]);
});

const LIMIT = { count: 8, period: 86_400_000 };
