import { joinTokenClaimsSchema } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Asker, newCaller, newMeeting, newMember, newPerson, nobody } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { hashPassword } from '../access/password.js';
import { admissions, type MeetingRow, meetings, participants } from '../database/schema.js';

let server: ServerUnderTest;
let passwordHash: string;
beforeAll(async () => {
  server = await startServer();
  passwordHash = await hashPassword('secret');
}, STARTING);
afterAll(() => server.close());

const join = (meeting: { code: string }, asker: Asker, payload: object = {}) =>
  server.api.fastify.inject({
    method: 'POST',
    url: `/v1/meetings/${meeting.code}/join`,
    headers: asker.headers,
    remoteAddress: newAddress(),
    payload: { name: 'Ada', ...payload },
  });

const mine = async (meeting: { code: string }, asker: Asker) => {
  const url = `/v1/meetings/${meeting.code}/participants/mine`;
  const response = await server.api.fastify.inject({ url, headers: asker.headers, remoteAddress: newAddress() });
  expect(response.statusCode).toBe(200);
  return (response.json() as { items: { id: string }[] }).items.map(({ id }) => id);
};

const replacedBy = (response: { json(): { token: string } }) =>
  joinTokenClaimsSchema.parse(
    JSON.parse(Buffer.from(response.json().token.split('.')[1] ?? '', 'base64url').toString()),
  ).replaces;

const change = (meeting: MeetingRow, set: Partial<MeetingRow>) =>
  server.queries.update(meetings).set(set).where(eq(meetings.id, meeting.id));

it('moves the call of an account from its own devices alone, and from no other call', async () => {
  const meeting = await newMeeting(server, undefined, { passwordHash, locked: true, waitingRoom: true });
  const [ada, ben] = [await newPerson(server), await newPerson(server)];
  const first = await newCaller(server, meeting, { userId: ada.userId });
  await server.clock.advance(5);
  const second = await newCaller(server, meeting, { userId: ada.userId });
  const other = await newCaller(server, meeting, { userId: ben.userId });
  const guest = await newCaller(server, meeting);
  expect(await mine(meeting, ada)).toEqual([second.participantId, first.participantId]);
  expect(await mine(meeting, nobody)).toEqual([]);

  // She was admitted already: no password, lock or waiting room applies. Others' ids are ignored.
  const ids = [first, second, other, guest].map(({ participantId }) => participantId);
  const moved = await join(meeting, ada, { replaces: ids });
  expect(moved.statusCode).toBe(200);
  expect(replacedBy(moved)?.toSorted()).toEqual(ids.slice(0, 2).toSorted());
  expectProblem(await join(meeting, ada), 'meeting.password_required');
  expectProblem(await join(meeting, nobody, { replaces: ids }), 'meeting.password_required');
  expectProblem(await join(meeting, ben, { replaces: [guest.participantId] }), 'meeting.password_required');
  const elsewhere = await newMeeting(server, undefined, { passwordHash });
  expectProblem(await join(elsewhere, ada, { replaces: ids }), 'meeting.password_required');
  expectProblem(await join(meeting, ada, { replaces: Array(9).fill('x') }), 'request.invalid');

  // A removed participant is no proof; a member moves as a member.
  await server.queries.update(admissions).set({ state: 'removed' }).where(eq(admissions.userId, ben.userId));
  expectProblem(await join(meeting, ben, { replaces: [other.participantId] }), 'meeting.password_required');
  await newMember(server, meeting, ada, 'moderator');
  expect(replacedBy(await join(meeting, ada, { replaces: [first.participantId] }))).toEqual([first.participantId]);
});

it('a guest returns without password, lock and waiting room for two minutes after leaving', async () => {
  const meeting = await newMeeting(server, undefined, { passwordHash });
  const admitted = (await join(meeting, nobody, { password: 'secret' })).json();
  const returnToken: string = admitted.returnToken;
  const returning = (asker: Asker = nobody) => join(meeting, asker, { returnToken });
  const ago = (milliseconds: number) => new Date(server.clock.date() - milliseconds);
  const hours = ago(6 * 3_600_000);
  const { participantId: id } = admitted;
  const presence = { id, meetingId: meeting.id, nodeId: 'ws-1', joinedAt: hours, name: 'Ada', role: 'guest' } as const;
  await server.queries.insert(participants).values(presence);
  await server.queries.update(admissions).set({ createdAt: hours }).where(eq(admissions.id, id));
  const leftAt = (at: Date) => server.queries.update(participants).set({ leftAt: at }).where(eq(participants.id, id));

  // Hours later, after a reload: the page is back before the leave is recorded, or after.
  await change(meeting, { locked: true, waitingRoom: true });
  expect((await returning()).json().returnToken).toEqual(expect.any(String));
  await leftAt(ago(119_000));
  expect((await returning()).statusCode).toBe(200);

  // It is of this person, meeting and password.
  expectProblem(await returning(await newPerson(server)), 'meeting.password_required');
  const elsewhere = await newMeeting(server, undefined, { passwordHash });
  expectProblem(await join(elsewhere, nobody, { returnToken }), 'meeting.password_required');
  expectProblem(await join(meeting, nobody, { returnToken: `${returnToken}x` }), 'meeting.password_required');
  expectProblem(await join(meeting, nobody, { returnToken: admitted.token }), 'meeting.password_required');
  await change(meeting, { passwordHash: await hashPassword('another') });
  expectProblem(await returning(), 'meeting.password_required');
  await change(meeting, { passwordHash });
  expect((await returning()).statusCode).toBe(200);

  await leftAt(ago(121_000));
  expectProblem(await returning(), 'meeting.password_required');
});

it('a removed guest does not return, and one who was sent back waits', async () => {
  const meeting = await newMeeting(server, undefined, { passwordHash });
  const { returnToken, participantId } = (await join(meeting, nobody, { password: 'secret' })).json();
  for (const state of ['removed', 'sent-back'] as const) {
    await server.queries.update(admissions).set({ state }).where(eq(admissions.id, participantId));
    expectProblem(await join(meeting, nobody, { returnToken }), 'meeting.password_required');
  }
  // Members and hosts need none.
  const member = await newPerson(server);
  await newMember(server, meeting, member);
  expect((await join(meeting, member)).json().returnToken).toBeUndefined();
});
