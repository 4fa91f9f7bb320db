import { randomUUID } from 'node:crypto';
import { joinTokenClaimsSchema } from '@waterbus/protocol';
import { newCaller, newMember, newPerson } from '@waterbus/server-api/testing/people';
import { meetings as meetingsTable, participants, qualityMinutes } from '@waterbus/server-api/testing/schema';
import { STARTING } from '@waterbus/server-api/testing/server';
import { eq } from 'drizzle-orm';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WaterbusServer } from '../src/index.js';
import { type ListeningServer, startListening } from './server.js';

let server: ListeningServer;
let waterbus: WaterbusServer;
beforeAll(async () => {
  server = await startListening();
  waterbus = server.waterbus;
}, STARTING);
afterAll(() => server.close());

const newMeeting = async (change: object = {}) =>
  (await waterbus.meetings.create({ title: 'Planning', ...change })).meeting;
const rowOf = async (code: string) => {
  const [row] = await server.queries.select().from(meetingsTable).where(eq(meetingsTable.code, code));
  if (!row) throw new Error(`no meeting ${code}`);
  return row;
};
/** Sends a request as a person's browser does. */
const post = (path: string, body: object) =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('meetings', () => {
  it('are created, read, changed and archived', async () => {
    const created = await waterbus.meetings.create({
      title: 'Planning',
      password: 'open sesame',
      settings: { chat: 'members' },
    });
    expect(created).toMatchObject({
      hostToken: expect.any(String),
      meeting: { title: 'Planning', passwordRequired: true },
    });
    const { code } = created.meeting;
    expect(await waterbus.meetings.get(code)).toMatchObject({ code, settings: { chat: 'members' } });
    expect(
      await waterbus.meetings.update(code, { title: 'Review', settings: { publish: 'moderators' } }),
    ).toMatchObject({
      title: 'Review',
      settings: { chat: 'members', publish: 'moderators' },
    });
    expect(await waterbus.meetings.removePassword(code)).toMatchObject({ passwordRequired: false });
    expect(await waterbus.meetings.setPassword(code, 'another')).toMatchObject({ passwordRequired: true });
    expect((await waterbus.meetings.archive(code)).archivedAt).not.toBeNull();
  });

  it('have calls, and the quality of each participant in each minute', async () => {
    const { code } = await newMeeting();
    const { id: meetingId } = await rowOf(code);
    const minute = Math.floor(Date.now() / 60_000) - 60;
    const at = new Date(minute * 60_000);
    const presence = { meetingId, name: 'Ada', role: 'guest' as const, nodeId: 'ws-1', joinedAt: at };
    await server.queries.insert(participants).values({ ...presence, id: 'ada', leftAt: new Date() });
    const figures = {
      uploadBitrate: 1,
      downloadBitrate: 1,
      seconds: 60,
      impairedSeconds: 0,
      quality: 2,
      limitation: 1,
    };
    const rest = { serverLoss: 0, serverDelay: 0, missingPictures: 0 };
    const rows = [0, 1, 2].map((index) => ({ meetingId, participantId: 'ada', minute: minute + index }));
    await server.queries.insert(qualityMinutes).values(rows.map((row) => ({ ...row, ...figures, ...rest })));
    const calls = await waterbus.meetings.calls(code, { pageSize: 1 }).toArray();
    expect(calls).toMatchObject([{ participants: 1, minutes: 3, poorMinutes: 3 }]);
    expect(await waterbus.meetings.calls(code, { to: at.toISOString() }).toArray()).toEqual([]);
    const all = await waterbus.meetings.quality(code, { pageSize: 2 }).toArray();
    expect(all.map((row) => [row.name, row.side])).toEqual(Array(3).fill(['Ada', 'upload']));
    const from = new Date((minute + 2) * 60_000).toISOString();
    expect(await waterbus.meetings.quality(code, { from, participantId: 'ada' }).toArray()).toHaveLength(1);
  });

  it('are listed page by page, only those of the key', async () => {
    const { waterbus } = await server.newUser();
    const codes: string[] = [];
    for (let n = 0; n < 5; n += 1) codes.push((await waterbus.meetings.create({ title: `Meeting ${n}` })).meeting.code);
    await waterbus.meetings.archive(codes.pop() ?? '');
    const listed: string[] = [];
    for await (const { code } of waterbus.meetings.list({ pageSize: 2 })) listed.push(code);
    expect(listed.sort()).toEqual(codes.sort());
    expect(await waterbus.meetings.list({ archived: true }).toArray()).toHaveLength(1);
    const list = waterbus.meetings.list({ pageSize: 3 });
    const first = await list.page();
    expect(first.items).toHaveLength(3);
    expect(await list.page(first.nextCursor ?? '')).toMatchObject({ items: [{}], nextCursor: null });
  });

  it('are handed over', async () => {
    const { code } = await newMeeting();
    const person = await newPerson(server);
    await newMember(server, await rowOf(code), person);
    expect(await waterbus.meetings.handOver(code, person.userId)).toMatchObject({ code });
    expect(await waterbus.members.list(code).toArray()).toMatchObject([{ role: 'host', user: { id: person.userId } }]);
  });
});

describe('join tokens', () => {
  it('have the chosen role, grants and lifetime', async () => {
    const { code } = await newMeeting({ password: 'open sesame', locked: true });
    const joining = await waterbus.joinTokens.create(code, {
      name: 'Ada',
      role: 'moderator',
      grants: { publish: ['screen'] },
      expiresIn: 60,
    });
    expect(joining).toMatchObject({ status: 'admitted', signalling: [server.url], expiresIn: 60 });
    expect(joinTokenClaimsSchema.parse(decodeJwt(joining.token))).toMatchObject({
      sub: joining.participantId,
      role: 'moderator',
      grants: { publish: ['screen'], subscribe: true, moderate: true, hidden: false, sendData: true },
    });
  });
});

describe('a call', () => {
  it('is listed and moderated', async () => {
    const { code } = await newMeeting();
    const meeting = await rowOf(code);
    const [one, two, three] = [
      await newCaller(server, meeting, { name: 'One', network: '203.0.113.1' }),
      await newCaller(server, meeting, { name: 'Two', network: '203.0.113.2' }),
      await newCaller(server, meeting, { name: 'Three', network: '203.0.113.3' }),
    ];
    const present = async () => (await waterbus.participants.list(code).toArray()).map(({ name }) => name).sort();
    expect(await present()).toEqual(['One', 'Three', 'Two']);
    await waterbus.participants.mute(code, one.participantId);
    await waterbus.participants.mute(code, one.participantId, { source: 'screen-audio' });
    await waterbus.participants.stopVideo(code, one.participantId, { source: 'screen' });
    await waterbus.participants.update(code, one.participantId, { publish: ['microphone'], subscribe: true });
    expect(one.commands).toMatchObject([
      { type: 'mute', source: 'microphone' },
      { type: 'mute', source: 'screen-audio' },
      { type: 'mute', source: 'screen' },
      { type: 'update', grants: { publish: ['microphone'], subscribe: true } },
    ]);
    await waterbus.participants.kick(code, one.participantId);
    await waterbus.participants.moveToWaitingRoom(code, two.participantId);
    const ban = await waterbus.participants.ban(code, three.participantId, 'Noise');
    expect(ban).toMatchObject({ name: 'Three', reason: 'Noise', userId: null });
    expect(await present()).toEqual([]);
    for (const { commands } of [one, two, three]) expect(commands.at(-1)).toMatchObject({ type: 'remove' });
    expect(await waterbus.bans.list(code).toArray()).toEqual([ban]);
    await waterbus.bans.lift(code, ban.id);
    expect(await waterbus.bans.list(code).toArray()).toEqual([]);
  });

  it('has a history', async () => {
    const { code } = await newMeeting();
    const { id: meetingId } = await rowOf(code);
    await server.queries
      .insert(participants)
      .values({ id: randomUUID(), meetingId, name: 'Ada', role: 'guest', nodeId: 'ws', joinedAt: new Date() });
    expect(await waterbus.participants.history(code).toArray()).toMatchObject([{ name: 'Ada', leftAt: null }]);
  });

  it('admits and refuses waiting participants', async () => {
    const { code } = await newMeeting({ waitingRoom: true });
    const ask = async (name: string) => {
      const response = await post(`/v1/meetings/${code}/join`, { name });
      return (await response.json()) as { participantId: string; admissionToken: string };
    };
    const [ada, grace] = [await ask('Ada'), await ask('Grace')];
    const names = async () => (await waterbus.waiting.list(code).toArray()).map(({ name }) => name);
    expect(await names()).toEqual(['Ada', 'Grace']);
    await waterbus.waiting.admit(code, ada.participantId);
    await waterbus.waiting.deny(code, grace.participantId);
    expect(await names()).toEqual([]);
    const answer = async ({ admissionToken }: { admissionToken: string }) => {
      const headers = { authorization: `Bearer ${admissionToken}` };
      return ((await (await fetch(`${server.url}/v1/admissions/current`, { headers })).json()) as { status: string })
        .status;
    };
    expect([await answer(ada), await answer(grace)]).toEqual(['admitted', 'denied']);
  });
});

describe('members', () => {
  it('are invited, changed and removed', async () => {
    const { code } = await newMeeting();
    const invited = await waterbus.members.invite(code, { email: 'Ada@Example.org' });
    expect(invited).toMatchObject({
      mailed: false,
      member: { email: 'ada@example.org', state: 'invited', role: 'member' },
    });
    const person = await newPerson(server);
    const memberId = await newMember(server, await rowOf(code), person);
    expect(await waterbus.members.changeRole(code, memberId, 'moderator')).toMatchObject({ role: 'moderator' });
    expect(await waterbus.members.list(code, { pageSize: 1 }).toArray()).toHaveLength(2);
    await waterbus.members.remove(code, memberId);
    await waterbus.members.remove(code, invited.member.id);
    expect(await waterbus.members.list(code).toArray()).toEqual([]);
  });

  it('join by links', async () => {
    const { code } = await newMeeting();
    const guest = await waterbus.guestInvitations.create(code, { email: 'guest@example.org', waits: false });
    expect(guest).toMatchObject({ invitation: { email: 'guest@example.org', waits: false }, mailed: false });
    expect(await waterbus.guestInvitations.list(code).toArray()).toEqual([guest.invitation]);
    await waterbus.guestInvitations.remove(code, guest.invitation.id);
    expect(await waterbus.guestInvitations.list(code).toArray()).toEqual([]);

    const { link, invitationToken } = await waterbus.inviteLinks.create(code, { role: 'moderator', maxUses: 3 });
    expect(invitationToken.length).toBeGreaterThan(20);
    expect(await waterbus.inviteLinks.list(code).toArray()).toEqual([link]);
    await waterbus.inviteLinks.remove(code, link.id);
    expect(await waterbus.inviteLinks.list(code).toArray()).toEqual([]);
  });

  it('publish by stream keys', async () => {
    const { code } = await newMeeting();
    const { streamKey, secret } = await waterbus.streamKeys.create(code, { name: 'Encoder', source: 'screen' });
    expect(secret).toMatch(/^wbs_/);
    expect(await waterbus.streamKeys.list(code).toArray()).toEqual([streamKey]);
    await waterbus.streamKeys.remove(code, streamKey.id);
    expect(await waterbus.streamKeys.list(code).toArray()).toEqual([]);
  });

  it('opens, reads, closes and deletes polls', async () => {
    const { code } = await newMeeting();
    const poll = await waterbus.polls.create(code, { question: 'When?', choices: ['Monday', 'Friday'] });
    expect(poll).toMatchObject({ author: null, closedAt: null, results: [{ votes: 0 }, { votes: 0 }] });
    expect(await waterbus.polls.list(code).toArray()).toEqual([poll]);
    expect((await waterbus.polls.close(code, poll.id)).closedAt).not.toBeNull();
    await waterbus.polls.remove(code, poll.id);
    expect(await waterbus.polls.list(code).toArray()).toEqual([]);
  });

  it('opens, changes, addresses and closes breakout rooms', async () => {
    const { code } = await newMeeting();
    const { rooms } = await waterbus.breakouts.open(code, { rooms: [{ name: 'One' }, { name: 'Two' }] });
    const people = await waterbus.breakouts.get(code);
    expect(people).toMatchObject({ breakouts: { rooms, endsAt: null }, main: [], assigned: null });
    await waterbus.breakouts.assign(code, { somebody: rooms[0]?.id ?? null });
    expect((await waterbus.breakouts.update(code, { endsIn: 60 })).endsAt).not.toBeNull();
    await waterbus.breakouts.message(code, 'One minute');
    await waterbus.breakouts.close(code);
    expect((await waterbus.breakouts.get(code)).breakouts).toBeNull();
  });
});

describe('webhooks and events', () => {
  it('are created, changed, read and removed', async () => {
    const { waterbus } = await server.newUser();
    // No server listens there: deliveries stay pending.
    const { webhook, secret } = await waterbus.webhooks.create({
      url: 'http://127.0.0.1:9/',
      events: ['meeting.created'],
    });
    expect(secret).toMatch(/^whsec_/);
    expect(await waterbus.webhooks.list().toArray()).toEqual([webhook]);
    const { meeting } = await waterbus.meetings.create({ title: 'Planning' });
    const [event] = await waterbus.events.list().toArray();
    expect(event).toMatchObject({ type: 'meeting.created', data: { meeting: { code: meeting.code } } });
    const attempted = () => waterbus.webhooks.deliveries(webhook.id).toArray();
    await vi.waitFor(async () => expect(await attempted()).toMatchObject([{ state: 'pending', attempts: 1 }]), 10_000);
    await waterbus.webhooks.retry(webhook.id, event?.id ?? '');
    expect(await waterbus.webhooks.update(webhook.id, { enabled: false })).toMatchObject({ enabled: false });
    await waterbus.webhooks.delete(webhook.id);
    expect(await waterbus.webhooks.list().toArray()).toEqual([]);
  });
});

describe('refusals of the server', () => {
  it('have their code, status and detail', async () => {
    await expect(waterbus.meetings.get('aaa-aaaa-aaa')).rejects.toMatchObject({
      name: 'WaterbusApiError',
      code: 'meeting.not_found',
      status: 404,
    });
    // A code stays within its part of the path, with any characters.
    await expect(waterbus.meetings.get('../api-keys?')).rejects.toMatchObject({ code: 'meeting.not_found' });
    const wrong = new WaterbusServer({ url: server.url, apiKey: 'wbk_calendar_wrong' });
    await expect(wrong.meetings.list().toArray()).rejects.toMatchObject({ code: 'token.invalid', status: 401 });
    await expect(waterbus.meetings.create({ title: '' })).rejects.toMatchObject({
      code: 'request.invalid',
      detail: expect.stringContaining('title'),
    });
  });
});
