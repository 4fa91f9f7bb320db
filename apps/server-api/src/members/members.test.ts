import {
  acceptedInvitationSchema,
  inviteMemberResponseSchema,
  meetingTopic,
  membersPageSchema,
} from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Asker,
  hostTokenAsker,
  newApiKey,
  newCaller,
  newMeeting,
  newMember,
  newPerson,
  nobody,
} from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { admissions, bans, inviteLinks, type MeetingRow, mails, meetings, members } from '../database/schema.js';
import { MOST_MEMBERS } from './member-count.js';

let server: ServerUnderTest;
let withMail: ServerUnderTest;
beforeAll(async () => {
  server = await startServer();
  const mail = { url: 'smtp://127.0.0.1:9', from: 'Waterbus <meet@example.org>' };
  withMail = await startServer({ mail, publicUrl: 'https://meet.example.org' });
}, STARTING);
afterAll(() => Promise.all([server.close(), withMail.close()]));

const ask = (
  asker: Asker,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  payload?: object,
  under: ServerUnderTest = server,
) =>
  under.api.fastify.inject({
    method,
    url: `/v1/${url}`,
    headers: asker.headers,
    remoteAddress: newAddress(),
    ...(payload ? { payload } : {}),
  });

const verified = (under: ServerUnderTest = server) =>
  newPerson(under, { emailVerifiedAt: new Date(under.clock.date()) });

async function scene(change: Partial<MeetingRow> = {}) {
  const [host, moderator, member] = [await newPerson(server), await newPerson(server), await newPerson(server)];
  const meeting = await newMeeting(server, host, change);
  await server.clock.advance(1);
  const moderatorId = await newMember(server, meeting, moderator, 'moderator');
  await server.clock.advance(1);
  const memberId = await newMember(server, meeting, member);
  await server.clock.advance(1);
  const [row] = await server.queries.select().from(members).where(eq(members.userId, host.userId));
  const url = `meetings/${meeting.code}`;
  const events: unknown[] = [];
  await server.cluster.bus.subscribe(meetingTopic(meeting.id), (event) => events.push(event));
  return { host, moderator, member, meeting, moderatorId, memberId, hostId: row?.id ?? '', url, events };
}

const invite = async (asker: Asker, url: string, email: string, role = 'member') =>
  inviteMemberResponseSchema.parse((await ask(asker, 'POST', `${url}/members`, { email, role })).json());

const changed = { type: 'members.changed' };

describe('inviting by address', () => {
  it('shows the address only to those who may invite', async () => {
    const { host, moderator, member, meeting, url, events } = await scene();
    const { member: invited, invitationToken, mailed } = await invite(moderator, url, 'Grace@Example.org');
    expect(invited).toMatchObject({ user: null, email: 'grace@example.org', role: 'member', state: 'invited' });
    expect([invitationToken.length, mailed]).toEqual([43, false]);
    expect(events).toEqual([changed]);
    const key = await newApiKey(server, host.userId);
    for (const asker of [host, moderator, hostTokenAsker(meeting), key]) {
      const page = membersPageSchema.parse((await ask(asker, 'GET', `${url}/members`)).json());
      expect(page.items.map(({ email }) => email)).toEqual([null, null, null, 'grace@example.org']);
    }
    const seen = await ask(member, 'GET', `${url}/members`);
    expect(seen.body).not.toContain('grace@example.org');
    expect(seen.json().items).toMatchObject([
      { role: 'host', user: { id: host.userId, name: host.name, avatarUrl: null } },
      { role: 'moderator' },
      { role: 'member' },
      { state: 'invited', user: null },
    ]);
    expect((await server.queries.select().from(members).where(eq(members.id, invited.id)))[0]?.tokenHash).not.toBe(
      invitationToken,
    );
  });

  it('refuses a member and an invited address', async () => {
    const { host, member, url } = await scene();
    const body = { email: 'twice@example.org' };
    expect((await ask(host, 'POST', `${url}/members`, body)).statusCode).toBe(201);
    expectProblem(await ask(host, 'POST', `${url}/members`, body), 'member.exists');
    expectProblem(await ask(host, 'POST', `${url}/members`, { email: member.email }), 'member.exists');
    expectProblem(
      await ask(host, 'POST', `${url}/members`, { email: 'x@example.org', role: 'host' }),
      'request.invalid',
    );
  });

  it('lets moderators invite members only', async () => {
    const { host, moderator, url } = await scene();
    const body = { email: 'm@example.org', role: 'moderator' };
    expectProblem(await ask(moderator, 'POST', `${url}/members`, body), 'permission.denied');
    expectProblem(await ask(moderator, 'POST', `${url}/invite-links`, { role: 'moderator' }), 'permission.denied');
    expect((await ask(host, 'POST', `${url}/members`, body)).statusCode).toBe(201);
    const link = (await ask(host, 'POST', `${url}/invite-links`, { role: 'moderator' })).json().link;
    expectProblem(await ask(moderator, 'DELETE', `${url}/invite-links/${link.id}`), 'permission.denied');
  });

  it('queues a mail with the token outside the path of the link', async () => {
    const host = await verified(withMail);
    const meeting = await newMeeting(withMail, host, { title: 'Rockets' });
    const url = `meetings/${meeting.code}/members`;
    const answer = (await ask(host, 'POST', url, { email: 'mail@example.org' }, withMail)).json();
    expect(answer.mailed).toBe(true);
    const [mail] = await withMail.queries.select().from(mails).where(eq(mails.recipient, 'mail@example.org'));
    expect(mail?.subject).toBe('Invitation to a meeting');
    expect(mail?.text).toContain(`https://meet.example.org/invitation#token=${answer.invitationToken}`);
  });

  it('accepts no more than 5,000 members', async () => {
    const { host, meeting, url } = await scene();
    const createdAt = new Date(server.clock.date());
    const crowd = Array.from({ length: MOST_MEMBERS - 3 }, (_, n) => ({
      meetingId: meeting.id,
      email: `${n}@example.org`,
      role: 'member' as const,
      state: 'invited' as const,
      createdAt,
    }));
    const link = (await ask(host, 'POST', `${url}/invite-links`, {})).json();
    for (let from = 0; from < crowd.length; from += 1000) {
      await server.queries.insert(members).values(crowd.slice(from, from + 1000));
    }
    expectProblem(await ask(host, 'POST', `${url}/members`, { email: 'late@example.org' }), 'limit.reached');
    const token = { token: link.invitationToken };
    expectProblem(await ask(await newPerson(server), 'POST', 'invitations/accept', token), 'limit.reached');
    const [row] = await server.queries.select().from(inviteLinks).where(eq(inviteLinks.id, link.link.id));
    expect(row?.uses).toBe(0);
    expect((await ask(host, 'GET', `${url}/members?limit=100`)).json().items).toHaveLength(100);
  });

  it('sends at most a hundred a minute', async () => {
    const { host, url } = await scene();
    for (let n = 0; n < 100; n += 1) {
      expect((await ask(host, 'POST', `${url}/members`, { email: `flood-${n}@example.org` })).statusCode).toBe(201);
    }
    expectProblem(await ask(host, 'POST', `${url}/members`, { email: 'one@example.org' }), 'request.rate_limited');
    expectProblem(await ask(host, 'POST', `${url}/invite-links`, {}), 'request.rate_limited');
  });
});

describe('invitations to an address', () => {
  it('are shown to the user with that verified address, and accepted once', async () => {
    const { host, url, meeting, events } = await scene();
    const person = await verified();
    const { member } = await invite(host, url, person.email, 'moderator');
    const invitation = { id: member.id, meeting: { code: meeting.code, title: meeting.title }, role: 'moderator' };
    const listed = async (asker: Asker) => (await ask(asker, 'GET', 'invitations')).json().items;
    expect(await listed(person)).toMatchObject([invitation]);
    expect(await listed(await verified())).toEqual([]);
    expectProblem(await ask(await verified(), 'POST', `invitations/${member.id}/accept`), 'invitation.not_found');
    const accepted = acceptedInvitationSchema.parse(
      (await ask(person, 'POST', `invitations/${member.id}/accept`)).json(),
    );
    expect(accepted).toMatchObject({
      code: meeting.code,
      member: { id: member.id, user: { id: person.userId }, email: null, role: 'moderator', state: 'joined' },
    });
    expect(events).toEqual([changed, changed]);
    expect(await listed(person)).toEqual([]);
    expect((await ask(person, 'GET', 'meetings')).json().items).toMatchObject([{ code: meeting.code }]);
    expectProblem(await ask(person, 'POST', `invitations/${member.id}/accept`), 'invitation.not_found');
  });

  it('do not exist for an unverified address', async () => {
    const { host, url } = await scene();
    const person = await newPerson(server);
    const { member } = await invite(host, url, person.email);
    expect((await ask(person, 'GET', 'invitations')).json()).toEqual({ items: [], nextCursor: null });
    expectProblem(await ask(person, 'POST', `invitations/${member.id}/accept`), 'invitation.not_found');
  });

  it('M4: end with the meeting, and for a banned user', async () => {
    const { host, url, meeting } = await scene();
    const { host: another, url: elsewhere, meeting: other } = await scene();
    const person = await verified();
    const first = await invite(host, url, person.email);
    const second = await invite(another, elsewhere, person.email);
    const at = new Date(server.clock.date());
    await server.queries.update(meetings).set({ archivedAt: at }).where(eq(meetings.id, meeting.id));
    await server.queries
      .insert(bans)
      .values({ meetingId: other.id, userId: person.userId, name: person.name, createdAt: at });
    expect((await ask(person, 'GET', 'invitations')).json().items).toEqual([]);
    for (const { member, invitationToken } of [first, second]) {
      expectProblem(await ask(person, 'POST', `invitations/${member.id}/accept`), 'invitation.not_found');
      const token = { token: invitationToken };
      expectProblem(await ask(person, 'POST', 'invitations/accept', token), 'invitation.not_found');
    }
  });

  it('can be declined by id or token, and withdrawn', async () => {
    const { host, moderator, url } = await scene();
    const person = await verified();
    const byId = await invite(host, url, person.email);
    expect((await ask(person, 'POST', `invitations/${byId.member.id}/decline`)).statusCode).toBe(204);
    expectProblem(await ask(person, 'POST', `invitations/${byId.member.id}/decline`), 'invitation.not_found');
    const byToken = await invite(host, url, person.email);
    const token = { token: byToken.invitationToken };
    expect((await ask(person, 'POST', 'invitations/decline', token)).statusCode).toBe(204);
    expectProblem(await ask(person, 'POST', 'invitations/accept', token), 'invitation.not_found');
    const withdrawn = await invite(host, url, person.email);
    expect((await ask(moderator, 'DELETE', `${url}/members/${withdrawn.member.id}`)).statusCode).toBe(204);
    expect((await ask(person, 'GET', 'invitations')).json().items).toEqual([]);
  });

  it('are listed page by page, the newest first', async () => {
    const person = await verified();
    const titles = ['A', 'B', 'C'];
    for (const title of titles) {
      const { host, url } = await scene({ title });
      await invite(host, url, person.email);
      await server.clock.advance(1);
    }
    const first = (await ask(person, 'GET', 'invitations?limit=2')).json();
    const second = (await ask(person, 'GET', `invitations?limit=2&cursor=${first.nextCursor}`)).json();
    const seen = [...first.items, ...second.items].map((item: { meeting: { title: string } }) => item.meeting.title);
    expect([seen, second.nextCursor]).toEqual([['C', 'B', 'A'], null]);
  });
});

describe('tokens of invitations', () => {
  const accept = (asker: Asker, token: string) => ask(asker, 'POST', 'invitations/accept', { token });

  it('make the holder of the mailed one a member, once', async () => {
    const { host, url } = await scene();
    const { invitationToken } = await invite(host, url, 'somebody@example.org');
    const person = await newPerson(server);
    expect((await accept(person, invitationToken)).json().member).toMatchObject({ user: { id: person.userId } });
    expectProblem(await accept(await newPerson(server), invitationToken), 'invitation.not_found');
    expectProblem(await accept(person, 'no token'), 'invitation.not_found');
    expectProblem(await accept(nobody, invitationToken), 'account.required');
  });

  it('of a link count uses and end in time; members are refused without using it', async () => {
    const { host, member, url } = await scene();
    const body = { role: 'member', maxUses: 1, expiresIn: 60 };
    const { link, invitationToken } = (await ask(host, 'POST', `${url}/invite-links`, body)).json();
    expect(link).toMatchObject({ role: 'member', uses: 0, maxUses: 1 });
    expectProblem(await accept(member, invitationToken), 'member.exists');
    expect((await accept(await newPerson(server), invitationToken)).statusCode).toBe(200);
    expectProblem(await accept(await newPerson(server), invitationToken), 'invitation.not_found');
    expect((await ask(host, 'GET', `${url}/invite-links`)).json().items).toMatchObject([{ id: link.id, uses: 1 }]);

    const short = (await ask(host, 'POST', `${url}/invite-links`, { expiresIn: 60 })).json();
    const declined = await ask(await newPerson(server), 'POST', 'invitations/decline', {
      token: short.invitationToken,
    });
    expect(declined.statusCode).toBe(204);
    await server.clock.advance(60_000);
    expectProblem(await accept(await newPerson(server), short.invitationToken), 'invitation.not_found');

    const ended = (await ask(host, 'POST', `${url}/invite-links`, {})).json();
    expect((await ask(host, 'DELETE', `${url}/invite-links/${ended.link.id}`)).statusCode).toBe(204);
    expectProblem(await ask(host, 'DELETE', `${url}/invite-links/${ended.link.id}`), 'invitation.not_found');
    expectProblem(await accept(await newPerson(server), ended.invitationToken), 'invitation.not_found');
    // Creating the next link deleted the expired ones.
    expect((await ask(host, 'GET', `${url}/invite-links`)).json().items).toEqual([]);
  });

  it('R7: give a guest in the call the role there at once', async () => {
    const { host, url, meeting } = await scene({ settings: { publish: 'members' } });
    const person = await newPerson(server);
    const caller = await newCaller(server, meeting, { userId: person.userId });
    const { invitationToken } = await invite(host, url, 'caller@example.org');
    await accept(person, invitationToken);
    expect(caller.commands).toMatchObject([
      { type: 'update', role: 'member', grants: { publish: expect.arrayContaining(['microphone', 'camera']) } },
    ]);
  });
});

describe('roles', () => {
  it('R7: are changed by the host only, and in the call at once', async () => {
    const { host, moderator, member, meeting, memberId, hostId, url, events } = await scene();
    const caller = await newCaller(server, meeting, { role: 'member', userId: member.userId });
    const joining = await ask(member, 'POST', `${url}/join`, { name: 'A' });
    const patch = (asker: Asker, id: string, role: string) => ask(asker, 'PATCH', `${url}/members/${id}`, { role });
    expectProblem(await patch(moderator, memberId, 'moderator'), 'permission.denied');
    expect((await patch(host, memberId, 'moderator')).json().member).toMatchObject({ role: 'moderator' });
    expect(caller.commands).toMatchObject([{ type: 'update', role: 'moderator', grants: { moderate: true } }]);
    expect(events).toEqual([changed]);
    const { participantId } = joining.json();
    const [row] = await server.queries.select().from(admissions).where(eq(admissions.id, participantId));
    expect(row?.role).toBe('moderator');
    expect(await server.cluster.tokens.use(row?.tokenId ?? '', server.clock.date() + 200_000)).toBe(false);
    expectProblem(await patch(host, memberId, 'host'), 'request.invalid');
    // M3
    expectProblem(await patch(host, hostId, 'member'), 'member.is_host');
    const elsewhere = await scene();
    expectProblem(await patch(host, elsewhere.memberId, 'moderator'), 'member.not_found');
    expectProblem(await patch(host, 'x', 'moderator'), 'request.invalid');
  });

  it('M3: the host cannot be removed, and moderators remove members only', async () => {
    const { host, moderator, member, meeting, moderatorId, memberId, hostId, url } = await scene();
    const other = await newPerson(server);
    const otherId = await newMember(server, meeting, other, 'moderator');
    const remove = (asker: Asker, id: string) => ask(asker, 'DELETE', `${url}/members/${id}`);
    for (const asker of [moderator, host, hostTokenAsker(meeting)]) {
      expectProblem(await remove(asker, hostId), 'member.is_host');
    }
    expectProblem(await remove(moderator, otherId), 'permission.denied');
    expectProblem(await remove(member, memberId), 'permission.denied');
    expect((await remove(moderator, memberId)).statusCode).toBe(204);
    expect((await remove(host, moderatorId)).statusCode).toBe(204);
    expectProblem(await remove(host, memberId), 'member.not_found');
    expectProblem(await ask(moderator, 'GET', `${url}/members`), 'meeting.not_found');
  });

  it('R7: a removed member is a guest in the call', async () => {
    const { host, member, meeting, memberId, url } = await scene({ settings: { publish: 'members' } });
    const caller = await newCaller(server, meeting, { role: 'member', userId: member.userId });
    await ask(host, 'DELETE', `${url}/members/${memberId}`);
    expect(caller.commands).toMatchObject([
      { type: 'update', role: 'guest', grants: { publish: ['screen', 'screen-audio'] } },
    ]);
  });

  it('R8: a removed member is removed from a members-only call', async () => {
    const { host, member, meeting, memberId, url } = await scene({ settings: { access: 'members' } });
    const caller = await newCaller(server, meeting, { role: 'member', userId: member.userId });
    const { participantId } = (await ask(member, 'POST', `${url}/join`, { name: 'A' })).json();
    const [before] = await server.queries.select().from(admissions).where(eq(admissions.id, participantId));
    await ask(host, 'DELETE', `${url}/members/${memberId}`);
    expect(caller.commands).toMatchObject([{ type: 'remove', reason: 'kicked' }]);
    expect(await server.cluster.tokens.use(before?.tokenId ?? '', server.clock.date() + 200_000)).toBe(false);
    expectProblem(await ask(caller, 'GET', url), 'token.invalid');
    expectProblem(await ask(member, 'POST', `${url}/join`, { name: 'A' }), 'meeting.not_found');
  });

  it('members can leave, the host cannot (M3)', async () => {
    const { host, member, moderator, meeting, url, events } = await scene();
    const caller = await newCaller(server, meeting, { role: 'moderator', userId: moderator.userId });
    expectProblem(await ask(host, 'DELETE', `${url}/members/me`), 'member.is_host');
    expect((await ask(member, 'DELETE', `${url}/members/me`)).statusCode).toBe(204);
    expectProblem(await ask(member, 'DELETE', `${url}/members/me`), 'meeting.not_found');
    expect((await ask(caller, 'DELETE', `${url}/members/me`)).statusCode).toBe(204);
    expect(caller.commands).toMatchObject([{ type: 'update', role: 'guest' }]);
    expect(events).toEqual([changed, changed]);
  });
});
