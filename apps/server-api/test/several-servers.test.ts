import { randomBytes, randomUUID } from 'node:crypto';
import { createRedisCluster } from '@waterbus/cluster';
import { RedisServer, TEST_SECRET } from '@waterbus/cluster/testing/redis-server';
import { type MeetingEvent, meetingEventSchema, type Poll } from '@waterbus/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Asker, newMeeting, newMember, newPerson } from './people.js';
import { startPostgres } from './postgres.js';
import { expectProblem } from './problem.js';
import { startS3Server } from './s3-server.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from './server.js';

/** Two Server APIs over one PostgreSQL, one Redis and one S3, as behind a load balancer. */
let one: ServerUnderTest;
let two: ServerUnderTest;
const events: MeetingEvent[][] = [[], []];
const opened: { close(): Promise<unknown> }[] = [];
let subscribe: (meetingId: string) => Promise<void>;

beforeAll(async () => {
  const postgres = await startPostgres();
  const redis = await RedisServer.start();
  const s3 = await startS3Server('files');
  opened.push(postgres, redis, s3);
  const databaseUrl = await postgres.newDatabase();
  const members = await Promise.all(
    [1, 2].map(() => createRedisCluster({ redis: { url: redis.url }, secret: TEST_SECRET, keyPrefix: 'several' })),
  );
  opened.push(...members);
  const start = async (cluster: (typeof members)[number] | undefined) => {
    const server = await startServer({ databaseUrl, cluster: cluster!, s3: s3.settings, files: { largest: 100_000 } });
    opened.push(server);
    return server;
  };
  one = await start(members[0]);
  two = await start(members[1]);
  subscribe = async (meetingId) => {
    for (const [index, member] of members.entries()) {
      await member.bus.subscribe(`meeting.${meetingId}`, (event) =>
        events[index]!.push(meetingEventSchema.parse(event)),
      );
    }
  };
}, STARTING);
afterAll(async () => {
  for (const part of opened.reverse()) await part.close();
});

const ask = (
  server: ServerUnderTest,
  asker: Asker,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  payload?: object | Buffer,
) =>
  server.api.fastify.inject({
    method,
    url: `/v1/meetings/${url}`,
    headers: { ...asker.headers, ...(Buffer.isBuffer(payload) && { 'content-type': 'application/octet-stream' }) },
    remoteAddress: newAddress(),
    ...(payload ? { payload } : {}),
  });

it('a file is announced, uploaded, sent, read and deleted on whichever server', async () => {
  const host = await newPerson(one);
  const { code } = await newMeeting(one, host);
  const bytes = randomBytes(60_000);
  const { file } = (await ask(one, host, 'POST', `${code}/files`, { name: 'plan.pdf', size: bytes.length })).json();
  expect((await ask(two, host, 'PUT', `${code}/files/${file.id}/content`, bytes)).statusCode).toBe(200);
  const sent = await ask(one, host, 'POST', `${code}/messages`, { clientId: randomUUID(), files: [file.id] });
  expect(sent.statusCode, sent.body).toBe(201);
  const content = (server: ServerUnderTest) => ask(server, host, 'GET', `${code}/files/${file.id}/content`);
  for (const server of [one, two]) expect((await content(server)).rawPayload.equals(bytes)).toBe(true);
  expect((await ask(two, host, 'DELETE', `${code}/messages/${sent.json().message.id}`)).statusCode).toBeLessThan(300);
  for (const server of [one, two]) expectProblem(await content(server), 'file.not_found');
});

it('mentions written, read and deleted on two servers at once are counted, without a deadlock', async () => {
  const host = await newPerson(one);
  const meeting = await newMeeting(one, host, { settings: { privateMessages: 'members' } });
  const people = await Promise.all(Array.from({ length: 6 }, () => newPerson(one)));
  for (const person of people) await newMember(one, meeting, person);
  const send = (server: ServerUnderTest, by: Asker, named: typeof people) => {
    const mentions = named.map(({ userId }) => ({ userId }));
    return ask(server, by, 'POST', `${meeting.code}/messages`, { text: 'Hello', clientId: randomUUID(), mentions });
  };
  const sent: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    for (const { clock } of [one, two]) await clock.advance(61_000);
    const answers = await Promise.all([
      ...[one, two, one, two].map((server, n) => send(server, host, n % 2 ? [...people].reverse() : people)),
      ...sent.splice(0).map((id) => ask(two, host, 'DELETE', `${meeting.code}/messages/${id}`)),
      ...people.slice(1).map((person) => ask(one, person, 'PUT', `${meeting.code}/read`, { seq: round * 4 + 2 })),
      ...people.slice(1).map(({ userId }, n) => {
        const [by, to] = [people[n]!, { userId }];
        const message = { to, text: 'Hello', clientId: randomUUID() };
        return ask(two, by, 'POST', `${meeting.code}/private-messages`, message);
      }),
    ]);
    for (const answer of answers) expect(answer.statusCode, answer.body).toBeLessThan(300);
    sent.push(...answers.slice(0, 4).map((answer) => answer.json().message.id));
  }
  for (const server of [one, two]) {
    const membership = async (by: Asker) => (await ask(server, by, 'GET', meeting.code)).json().meeting.membership;
    // All but the last four were deleted.
    expect(await membership(people[0]!)).toMatchObject({ unread: 12, mentions: 4, lastReadSeq: 0 });
    for (const person of people.slice(1)) {
      const { unread, mentions } = await membership(person);
      expect(mentions).toBe(Math.min(4, unread));
    }
    expect(await membership(host)).toMatchObject({ unread: 0, mentions: 0 });
  }
});

it('votes on two servers count once each, and the last state reaches both', async () => {
  const host = await newPerson(one);
  const meeting = await newMeeting(one, host);
  const voters = await Promise.all(Array.from({ length: 12 }, () => newPerson(one)));
  for (const voter of voters) await newMember(one, meeting, voter);
  await subscribe(meeting.id);
  const question = { question: 'When?', choices: ['Monday', 'Friday'] };
  const { poll } = (await ask(one, host, 'POST', `${meeting.code}/polls`, question)).json();
  const vote = (server: ServerUnderTest, voter: Asker, choice: number) =>
    ask(server, voter, 'PUT', `${meeting.code}/polls/${poll.id}/vote`, { chosen: [choice] });
  // All at once on both servers; each voter twice, on different servers.
  const answers = await Promise.all(
    voters.flatMap((voter, index) => [vote(one, voter, index % 2), vote(two, voter, index % 2)]),
  );
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
  for (const server of [one, two]) {
    const [seen] = (await ask(server, host, 'GET', `${meeting.code}/polls`)).json().items as Poll[];
    expect([seen?.voters, seen?.results?.map(({ votes }) => votes)]).toEqual([12, [6, 6]]);
  }
  const closed: Poll = (await ask(two, host, 'POST', `${meeting.code}/polls/${poll.id}/close`)).json().poll;
  expect(closed.closedAt).not.toBeNull();
  // Clients keep the latest version, in whatever order the events of two servers arrive.
  for (const log of events) {
    const latest = () =>
      log
        .flatMap((event) => (event.type === 'poll.updated' ? [event.poll] : []))
        .reduce<Poll | undefined>(
          (last, next) => (last && last.version > next.version ? last : (next as Poll)),
          undefined,
        );
    await expect.poll(() => latest()?.version).toBe(closed.version);
    expect(latest()).toMatchObject({ voters: 12, closedAt: closed.closedAt });
    expect(log.filter(({ type }) => type === 'poll.created')).toHaveLength(1);
  }
  expectProblem(await vote(one, voters[0]!, 1), 'poll.closed');
});
