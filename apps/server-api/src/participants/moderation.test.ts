// More than 400 lines because each command of a moderator is tested against the others: one meeting
// and one running call serve all cases.
import { randomUUID } from 'node:crypto';
import type { Role, RoomChange } from '@waterbus/protocol';
import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Asker,
  hostTokenAsker,
  newApiKey,
  newCaller,
  newMeeting,
  newMember,
  newPerson,
} from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { waits } from '../admission/entry.js';
import { hasWaited, sentBackColumns } from '../admission/sent-back.js';
import { admissionTopic } from '../admission/waiting.js';
import { admissions, bans, type MeetingRow, meetings, members } from '../database/schema.js';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer();
}, STARTING);
afterAll(() => server.close());

const ask = (asker: Asker, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  server.api.fastify.inject({
    method,
    url: `/v1/meetings/${url}`,
    headers: asker.headers,
    remoteAddress: newAddress(),
    ...(payload ? { payload } : {}),
  });

const act = (asker: Asker, meeting: MeetingRow, participantId: string, what: string, payload?: object) =>
  ask(asker, 'POST', `${meeting.code}/participants/${participantId}/${what}`, payload);

async function scene() {
  const host = await newPerson(server, { name: 'Host' });
  const meeting = await newMeeting(server, host);
  const moderator = await newPerson(server, { name: 'Moderator' });
  await newMember(server, meeting, moderator, 'moderator');
  const member = await newPerson(server, { name: 'Member' });
  await newMember(server, meeting, member);
  return { host, meeting, moderator, member };
}

const admissionOf = async (id: string) =>
  (await server.queries.select().from(admissions).where(eq(admissions.id, id)))[0];

describe('participants in the call', () => {
  it('are listed page by page in the order of joining, without hidden ones', async () => {
    const { meeting, host } = await scene();
    const ids: string[] = [];
    for (const name of ['A', 'B', 'C']) {
      ids.push((await newCaller(server, meeting, { name })).participantId);
      await server.clock.advance(5);
    }
    await server.cluster.rooms.claimHome(meeting.id, 'hidden-one', 'ws-elsewhere');
    const first = (await ask(host, 'GET', `${meeting.code}/participants?limit=2`)).json();
    expect(first.items.map((item: { id: string }) => item.id)).toEqual(ids.slice(0, 2));
    expect(first.items[0]).toMatchObject({ name: 'A', role: 'guest', connection: 'connected', producers: [] });
    const second = (await ask(host, 'GET', `${meeting.code}/participants?limit=2&cursor=${first.nextCursor}`)).json();
    expect(second).toMatchObject({ items: [{ id: ids[2] }], nextCursor: null });
  });

  it('an empty list without a call', async () => {
    const { meeting, member } = await scene();
    const response = await ask(member, 'GET', `${meeting.code}/participants`);
    expect(response.json()).toEqual({ items: [], nextCursor: null });
    expectProblem(await ask(member, 'GET', `${meeting.code}/participants?cursor=x`), 'request.invalid');
  });
});

describe('muting and stopping video', () => {
  it('R7: commands the home of any participant, including the host, and resolves when it is done', async () => {
    const { meeting, moderator, host } = await scene();
    const caller = await newCaller(server, meeting, { role: 'host', userId: host.userId });
    const { participantId } = caller;
    expect((await act(moderator, meeting, participantId, 'mute')).statusCode).toBe(204);
    expect((await act(moderator, meeting, participantId, 'mute', { source: 'screen-audio' })).statusCode).toBe(204);
    expect((await act(moderator, meeting, participantId, 'stop-video')).statusCode).toBe(204);
    expect((await act(moderator, meeting, participantId, 'stop-video', { source: 'screen' })).statusCode).toBe(204);
    const mute = { type: 'mute', roomId: meeting.id, participantId };
    expect(caller.commands).toEqual([
      { ...mute, source: 'microphone' },
      { ...mute, source: 'screen-audio' },
      { ...mute, source: 'camera' },
      { ...mute, source: 'screen' },
    ]);
    expectProblem(await act(moderator, meeting, participantId, 'mute', { source: 'camera' }), 'request.invalid');
  });

  it('fails with participant.not_found for an absent one, and is denied to members', async () => {
    const { meeting, moderator, member } = await scene();
    expectProblem(await act(moderator, meeting, randomUUID(), 'mute'), 'participant.not_found');
    const { participantId } = await newCaller(server, meeting);
    expectProblem(await act(member, meeting, participantId, 'mute'), 'permission.denied');
    const other = await newMeeting(server, moderator);
    expectProblem(await act(moderator, other, participantId, 'mute'), 'participant.not_found');
  });
});

describe('granting to one alone', () => {
  it('R7: is stored with the admission, merged, and sent to the home', async () => {
    const { meeting, host } = await scene();
    const caller = await newCaller(server, meeting);
    const url = `${meeting.code}/participants/${caller.participantId}`;
    expect((await ask(host, 'PATCH', url, { publish: ['microphone'] })).statusCode).toBe(204);
    expect((await ask(host, 'PATCH', url, { subscribe: false })).statusCode).toBe(204);
    expect((await admissionOf(caller.participantId))?.ownGrants).toEqual({ publish: ['microphone'], subscribe: false });
    expect(caller.commands.at(-1)).toEqual({
      type: 'update',
      roomId: meeting.id,
      participantId: caller.participantId,
      grants: { publish: ['microphone'], subscribe: false, moderate: false, hidden: false, sendData: true },
    });
    // Applications trust metadata: they come from the back end alone.
    expectProblem(await ask(host, 'PATCH', url, { sendData: false, metadata: { seat: 'A' } }), 'permission.denied');
    const key = await newApiKey(server, host.userId);
    expect((await ask(key, 'PATCH', url, { sendData: false, metadata: { seat: 'A' } })).statusCode).toBe(204);
    expect(caller.commands).toHaveLength(3);
    expect(caller.commands.at(-1)).toMatchObject({ grants: { sendData: false }, metadata: { seat: 'A' } });
    expect((await admissionOf(caller.participantId))?.ownGrants).toMatchObject({ sendData: false });
  });
});

describe('kicking', () => {
  it('R5, R8: is committed first, then the participant is out and its resume token no credential', async () => {
    const { meeting, moderator } = await scene();
    const caller = await newCaller(server, meeting);
    const list = `${meeting.code}/participants`;
    expect((await ask(caller, 'GET', list)).statusCode).toBe(200);
    expect((await act(moderator, meeting, caller.participantId, 'kick')).statusCode).toBe(204);
    expect(caller.commands).toEqual([
      { type: 'remove', roomId: meeting.id, participantId: caller.participantId, reason: 'kicked' },
    ]);
    expect((await admissionOf(caller.participantId))?.state).toBe('removed');
    expectProblem(await ask(caller, 'GET', list), 'token.invalid');
    expect((await ask(moderator, 'GET', list)).json().items).toEqual([]);
    expect((await act(moderator, meeting, caller.participantId, 'kick')).statusCode).toBe(204);
    expectProblem(await act(moderator, meeting, randomUUID(), 'kick'), 'participant.not_found');
  });

  it('R8: an unused join token admits nobody', async () => {
    const { meeting, moderator } = await scene();
    const [participantId, tokenId] = [randomUUID(), randomUUID()];
    const expiresAt = new Date(server.clock.date() + 100_000);
    await admitted(meeting, participantId, tokenId, expiresAt);
    expect((await act(moderator, meeting, participantId, 'kick')).statusCode).toBe(204);
    expect(await server.cluster.tokens.use(tokenId, expiresAt.getTime())).toBe(false);
  });

  it('R8: a join token used a moment ago does not slip through while its participant has no home yet', async () => {
    const { meeting, moderator } = await scene();
    const [participantId, tokenId] = [randomUUID(), randomUUID()];
    const expiresAt = new Date(server.clock.date() + 100_000);
    await admitted(meeting, participantId, tokenId, expiresAt);
    await server.cluster.tokens.use(tokenId, expiresAt.getTime());
    let answered = false;
    const kicking = act(moderator, meeting, participantId, 'kick').then((response) => {
      answered = true;
      return response;
    });
    await eventually(async () => (await admissionOf(participantId))?.state === 'removed');
    const notified: unknown[] = [];
    const { rooms, bus } = server.cluster;
    const home = await rooms.claimHome(meeting.id, participantId, 'ws-late');
    await bus.serve('ws-late', async (_method, body) => {
      notified.push(body);
      const left: RoomChange = { type: 'participant.left', participantId, reason: 'kicked' };
      await rooms.apply(meeting.id, left, home);
      return {};
    });
    await eventually(async () => {
      await server.clock.advance(50);
      return answered;
    });
    expect((await kicking).statusCode).toBe(204);
    expect(notified).toMatchObject([{ type: 'remove', participantId }]);
    expect(await rooms.home(meeting.id, participantId)).toBeUndefined();
  });

  it('M3: never the host, and no moderator by another one', async () => {
    const { meeting, host, moderator } = await scene();
    const hostCaller = await newCaller(server, meeting, { role: 'host', userId: host.userId });
    const hostByToken = await newCaller(server, meeting, { role: 'host' });
    const other = await newPerson(server);
    await newMember(server, meeting, other, 'moderator');
    // Joined before becoming a moderator.
    const otherCaller = await newCaller(server, meeting, { role: 'member', userId: other.userId });
    const key = await newApiKey(server, host.userId);
    for (const what of ['kick', 'ban', 'waiting-room']) {
      for (const asker of [moderator, host, hostTokenAsker(meeting), key]) {
        for (const { participantId } of [hostCaller, hostByToken]) {
          expectProblem(await act(asker, meeting, participantId, what), 'permission.denied');
        }
      }
      expectProblem(await act(moderator, meeting, otherCaller.participantId, what), 'permission.denied');
    }
    const grant = (id: string) => ask(moderator, 'PATCH', `${meeting.code}/participants/${id}`, { publish: [] });
    for (const caller of [hostCaller, hostByToken, otherCaller]) {
      expectProblem(await grant(caller.participantId), 'permission.denied');
      expect(caller.commands).toEqual([]);
    }
    expect((await act(host, meeting, otherCaller.participantId, 'kick')).statusCode).toBe(204);
  });

  it('M4: not in an archived meeting', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host, { archivedAt: new Date(server.clock.date()) });
    expectProblem(await act(host, meeting, randomUUID(), 'kick'), 'meeting.archived');
  });
});

describe('the waiting room', () => {
  it('delays the next join of a participant that was sent there, once, and no other', async () => {
    const { meeting, host, member } = await scene();
    const memberCaller = await newCaller(server, meeting, {
      role: 'member',
      userId: member.userId,
      network: '192.0.2.1',
    });
    const guest = await newCaller(server, meeting, { network: '192.0.2.2' });
    for (const caller of [memberCaller, guest]) {
      expect((await act(host, meeting, caller.participantId, 'waiting-room')).statusCode).toBe(204);
      expect(caller.commands).toMatchObject([{ type: 'remove', reason: 'waiting-room' }]);
      expectProblem(await ask(caller, 'GET', `${meeting.code}/participants`), 'token.invalid');
    }
    const wait = async (userId: string | null, network: string, role: Role) => {
      const [row] = await server.queries
        .select(sentBackColumns(sql`${userId}::uuid`, sql`${network}`))
        .from(meetings)
        .where(eq(meetings.id, meeting.id));
      return row && waits(role, row);
    };
    expect(await wait(member.userId, '192.0.2.9', 'member')).toBe(true);
    expect(await wait(null, '192.0.2.2', 'guest')).toBe(true);
    expect(await wait(host.userId, '192.0.2.2', 'host')).toBe(false);
    expect(await wait(null, '192.0.2.2', 'host')).toBe(false);
    expect(await wait(randomUUID(), '192.0.2.2', 'member')).toBe(false);
    expect(await wait(null, '192.0.2.3', 'guest')).toBe(false);
    await hasWaited(server.queries, meeting, { userId: member.userId, network: '192.0.2.9', role: 'member' });
    expect(await wait(member.userId, '192.0.2.9', 'member')).toBe(false);
    expect(await wait(null, '192.0.2.2', 'guest')).toBe(true);
  });
});

describe('joining again', () => {
  it('requires a moderator after the waiting room, and is impossible after a ban', async () => {
    const { meeting, host } = await scene();
    const [networkOfGuest, networkOfBanned] = ['198.18.0.7', '198.18.0.8'];
    const guest = await newCaller(server, meeting, { network: networkOfGuest });
    const banned = await newCaller(server, meeting, { network: networkOfBanned });
    const join = (remoteAddress: string) =>
      server.api.fastify.inject({
        method: 'POST',
        url: `/v1/meetings/${meeting.code}/join`,
        remoteAddress,
        payload: { name: 'Back again' },
      });
    await act(host, meeting, guest.participantId, 'waiting-room');
    await act(host, meeting, banned.participantId, 'ban');
    expectProblem(await join(networkOfBanned), 'meeting.not_found');
    const waiting = await join(networkOfGuest);
    expect([waiting.statusCode, waiting.json().status]).toEqual([202, 'waiting']);
    expect((await join('198.18.0.9')).json().status).toBe('admitted');
    const admit = `${meeting.code}/waiting/${waiting.json().participantId}/admit`;
    expect((await ask(host, 'POST', admit)).statusCode).toBe(204);
    expect((await join(networkOfGuest)).json().status).toBe('admitted');
  });
});

describe('evasion', () => {
  /** Askers of the same network as the removed participant, with proofs that anybody can get. */
  async function disguises(): Promise<[string, Asker][]> {
    const stranger = await newPerson(server);
    const elsewhere = await newMeeting(server);
    return [
      ['nobody', { headers: {} }],
      ['a new account', await newPerson(server)],
      ['a new account with a verified address', await newPerson(server, { emailVerifiedAt: new Date(0) })],
      ['an API key of somebody else', await newApiKey(server, stranger.userId)],
      ['the host token of another meeting', hostTokenAsker(elsewhere)],
      ['the resume token of another meeting', await newCaller(server, elsewhere)],
    ];
  }

  const join = (meeting: MeetingRow, asker: Asker, remoteAddress: string, payload: object = {}) =>
    server.api.fastify.inject({
      method: 'POST',
      url: `/v1/meetings/${meeting.code}/join`,
      headers: asker.headers,
      remoteAddress,
      payload: { name: 'Back again', ...payload },
    });

  it('of a ban is impossible for a guest and for a user with any proof that anybody can get', async () => {
    for (const who of ['guest', 'user'] as const) {
      const { meeting, host } = await scene();
      const person = await newPerson(server);
      const network = newAddress();
      const userId = who === 'user' ? person.userId : undefined;
      const { participantId } = await newCaller(server, meeting, { network, userId });
      expect((await act(host, meeting, participantId, 'ban')).statusCode).toBe(201);
      const asUser: [string, Asker][] = who === 'user' ? [['the user', person]] : [];
      for (const [name, asker] of [...asUser, ...(await disguises())]) {
        const [requested, looked] = [
          await join(meeting, asker, network),
          await server.api.fastify.inject({
            url: `/v1/meetings/${meeting.code}`,
            headers: asker.headers,
            remoteAddress: network,
          }),
        ];
        expect([who, name, requested.json().code]).toEqual([who, name, 'meeting.not_found']);
        expect([who, name, looked.json().code]).toEqual([who, name, 'meeting.not_found']);
      }
      // Proofs that the meeting itself issued still count.
      expect((await join(meeting, host, network)).statusCode).toBe(200);
      expect((await join(meeting, hostTokenAsker(meeting), network)).statusCode).toBe(200);
      expect((await join(meeting, { headers: {} }, network, { hostToken: meeting.hostToken })).statusCode).toBe(200);
      expect((await join(meeting, { headers: {} }, newAddress())).statusCode).toBe(200);
    }
  });

  it('of a ban is impossible by an invite link, but a personal invitation counts', async () => {
    const { meeting, host } = await scene();
    const network = newAddress();
    const { participantId } = await newCaller(server, meeting, { network });
    await act(host, meeting, participantId, 'ban');
    const link = await ask(host, 'POST', `${meeting.code}/invite-links`, { role: 'member', expiresIn: 3600 });
    const invited = await ask(host, 'POST', `${meeting.code}/members`, {
      email: 'new@example.org',
      role: 'member',
    });
    const person = await newPerson(server);
    const accept = (token: string) =>
      server.api.fastify.inject({
        method: 'POST',
        url: '/v1/invitations/accept',
        headers: person.headers,
        remoteAddress: network,
        payload: { token },
      });
    expectProblem(await accept(link.json().invitationToken), 'invitation.not_found');
    expect((await accept(invited.json().invitationToken)).statusCode).toBe(200);
    expect((await join(meeting, person, network)).statusCode).toBe(200);
  });

  it('of the waiting room is impossible too, also after a denial', async () => {
    for (const who of ['guest', 'user'] as const) {
      const { meeting, host } = await scene();
      const person = await newPerson(server);
      const network = newAddress();
      const userId = who === 'user' ? person.userId : undefined;
      const { participantId } = await newCaller(server, meeting, { network, userId });
      expect((await act(host, meeting, participantId, 'waiting-room')).statusCode).toBe(204);
      const asUser: [string, Asker][] = who === 'user' ? [['the user', person]] : [];
      for (const [name, asker] of [...asUser, ...(await disguises())]) {
        const response = await join(meeting, asker, network);
        expect([who, name, response.statusCode]).toEqual([who, name, 202]);
        const deny = `${meeting.code}/waiting/${response.json().participantId}/deny`;
        expect((await ask(host, 'POST', deny)).statusCode).toBe(204);
      }
      expect((await join(meeting, host, network)).statusCode).toBe(200);
      expect((await join(meeting, hostTokenAsker(meeting), network)).statusCode).toBe(200);
    }
  });

  it('R7: a ban keeps the places and rights of other participants from the network', async () => {
    const { meeting, host } = await scene();
    const network = newAddress();
    const moderator = await newCaller(server, meeting, { role: 'host', network });
    const person = await newPerson(server);
    const colleague = await newCaller(server, meeting, { network, userId: person.userId });
    const { participantId } = await newCaller(server, meeting, { network });
    await act(host, meeting, participantId, 'ban');
    expect(colleague.commands).toEqual([]);
    const looked = await server.api.fastify.inject({
      url: `/v1/meetings/${meeting.code}/bans`,
      headers: moderator.headers,
      remoteAddress: network,
    });
    expect(looked.statusCode).toBe(200);
  });
});

describe('banning', () => {
  it('a user ends every presence and the membership, and the meeting no longer exists for them', async () => {
    const { meeting, host, member } = await scene();
    const callers = [
      await newCaller(server, meeting, { role: 'member', userId: member.userId }),
      await newCaller(server, meeting, { role: 'member', userId: member.userId }),
    ];
    const bystander = await newCaller(server, meeting);
    const response = await act(host, meeting, callers[0]?.participantId ?? '', 'ban', { reason: 'Noise' });
    expect(response.statusCode).toBe(201);
    expect(response.json().ban).toMatchObject({ userId: member.userId, reason: 'Noise' });
    for (const { commands } of callers) expect(commands).toMatchObject([{ type: 'remove', reason: 'kicked' }]);
    expect(bystander.commands).toEqual([]);
    const membership = and(eq(members.meetingId, meeting.id), eq(members.userId, member.userId));
    expect(await server.queries.select().from(members).where(membership)).toEqual([]);
    expectProblem(await ask(member, 'GET', `${meeting.code}/participants`), 'meeting.not_found');
    const again = await act(host, meeting, callers[1]?.participantId ?? '', 'ban');
    expect(again.json().ban.id).toBe(response.json().ban.id);
  });

  it('a guest ends those of the guests who share the network, and no others', async () => {
    const { meeting, host, member } = await scene();
    const shared = '192.0.2.77';
    const guest = await newCaller(server, meeting, { network: shared });
    const second = await newCaller(server, meeting, { network: shared });
    const spared = [
      await newCaller(server, meeting, { network: shared, role: 'member', userId: member.userId }),
      await newCaller(server, meeting, { network: shared, role: 'host' }),
      await newCaller(server, meeting, { network: '192.0.2.78' }),
    ];
    const response = await act(host, meeting, guest.participantId, 'ban');
    expect(response.json().ban).toMatchObject({ userId: null, reason: null });
    expect([guest.commands.length, second.commands.length]).toEqual([1, 1]);
    for (const { commands } of spared) expect(commands).toEqual([]);
    const [row] = await server.queries.select().from(bans).where(eq(bans.meetingId, meeting.id));
    expect(row).toMatchObject({ network: shared, userId: null });
  });

  it('denies waiting participants, and notifies moderators of the new count', async () => {
    const { meeting, host } = await scene();
    const events: unknown[] = [];
    await server.cluster.bus.subscribe(`meeting.${meeting.id}`, (event) => events.push(event));
    const guest = await newCaller(server, meeting, { network: '192.0.2.80' });
    const waiting = randomUUID();
    const createdAt = new Date(server.clock.date());
    await server.queries.insert(admissions).values({
      id: waiting,
      meetingId: meeting.id,
      name: 'W',
      role: 'guest',
      network: '192.0.2.80',
      state: 'waiting',
      seenAt: createdAt,
      createdAt,
    });
    const woken: unknown[] = [];
    await server.cluster.bus.subscribe(admissionTopic(waiting), (message) => woken.push(message));
    await act(host, meeting, guest.participantId, 'ban');
    expect((await admissionOf(waiting))?.state).toBe('denied');
    expect(events).toEqual([{ type: 'waiting.changed', waiting: 0 }]);
    expect(woken).toHaveLength(1);
  });

  it('is listed newest first, page by page, and can be lifted', async () => {
    const { meeting, host, moderator, member } = await scene();
    for (const network of ['192.0.2.90', '192.0.2.91', '192.0.2.92']) {
      const { participantId } = await newCaller(server, meeting, { network, name: network });
      await act(host, meeting, participantId, 'ban');
      await server.clock.advance(10);
    }
    const names: string[] = [];
    const ids: string[] = [];
    for (let cursor = ''; ; ) {
      const page = (await ask(moderator, 'GET', `${meeting.code}/bans?limit=2${cursor}`)).json();
      for (const ban of page.items) {
        names.push(ban.name);
        ids.push(ban.id);
      }
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(names).toEqual(['192.0.2.92', '192.0.2.91', '192.0.2.90']);
    expectProblem(await ask(member, 'GET', `${meeting.code}/bans`), 'permission.denied');
    expect((await ask(moderator, 'DELETE', `${meeting.code}/bans/${ids[0]}`)).statusCode).toBe(204);
    expectProblem(await ask(moderator, 'DELETE', `${meeting.code}/bans/${ids[0]}`), 'ban.not_found');
  });
});

async function admitted(meeting: MeetingRow, id: string, tokenId: string, tokenExpiresAt: Date) {
  await server.queries.insert(admissions).values({
    id,
    meetingId: meeting.id,
    name: 'On the way',
    role: 'guest',
    network: '203.0.113.9',
    state: 'admitted',
    tokenId,
    tokenExpiresAt,
    createdAt: new Date(server.clock.date()),
  });
}

async function eventually(met: () => Promise<boolean>): Promise<void> {
  await expect.poll(met, { timeout: 10_000, interval: 5 }).toBe(true);
}
