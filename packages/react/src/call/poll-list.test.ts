import type { Call, MeetingEvent, Poll } from '@waterbus/client';
import { expect, it } from 'vitest';
import { merged, PollList } from './poll-list.js';

const poll = (id: string, more: Partial<Poll> = {}) =>
  ({
    ...{ id, question: 'When?', choices: ['A', 'B'], createdAt: `2030-01-01T12:00:0${id}.000Z`, closedAt: null },
    ...{ version: 1, voters: 0, author: { userId: null, participantId: 'ben', name: 'Ben' }, results: null },
    ...more,
  }) as Poll;

/** A call whose server has these polls; `event` is one of the meeting. */
function paintedCall(server: Poll[]) {
  const listeners = new Map<string, ((value: never) => void)[]>();
  const voted: unknown[] = [];
  const call = {
    code: 'abc-defg-hjk',
    on: (name: string, listener: (value: never) => void) => {
      listeners.set(name, [...(listeners.get(name) ?? []), listener]);
      return () => listeners.delete(name);
    },
    polls: {
      list: async () => server,
      // Its event arrives before the answer.
      create: async () => {
        await Promise.resolve();
        emit('meeting')({ type: 'poll.created', poll: poll('3') });
        return poll('3', { ownVote: null });
      },
      vote: async (id: string, chosen: number[], options: { voterKey: string }) => {
        voted.push(options.voterKey);
        return poll(id, { version: 2, voters: 1, ownVote: chosen });
      },
    },
  } as unknown as Call;
  const emit = (name: string) => (value: unknown) => {
    for (const listener of listeners.get(name) ?? []) listener(value as never);
  };
  return { call, voted, event: emit('meeting') as (event: MeetingEvent) => void, connection: emit('connection') };
}

function storage() {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  };
}

it('keeps the newest state of each poll, and the own vote, which events do not have', () => {
  const known = merged([], [poll('1', { version: 3, ownVote: [1] }), poll('2')]);
  const now = merged(known, [poll('1', { version: 2, ownVote: null }), poll('1', { version: 4, voters: 7 })]);
  expect(now.map(({ id, version, voters, ownVote }) => [id, version, voters, ownVote])).toEqual([
    ['2', 1, 0, null],
    ['1', 4, 7, [1]],
  ]);
});

it('reports polls of others once, and drops deleted ones', async () => {
  const { call, event } = paintedCall([poll('1')]);
  const list = new PollList(call, storage);
  const opened: string[] = [];
  list.onArrival(({ id }) => opened.push(id));
  const stop = list.open();
  await expect.poll(() => list.state.loaded).toBe(true);
  event({ type: 'poll.created', poll: poll('2') });
  event({ type: 'poll.created', poll: poll('2') });
  await list.create({ question: 'When?', choices: ['A', 'B'] });
  event({ type: 'poll.created', poll: poll('0') });
  await expect.poll(() => opened).toEqual(['2', '0']);
  event({ type: 'poll.deleted', pollId: '0' });
  event({ type: 'poll.deleted', pollId: '2' });
  expect(list.state.polls.map(({ id }) => id)).toEqual(['3', '1']);
  stop();
  event({ type: 'poll.created', poll: poll('4') });
  expect(list.state.polls).toHaveLength(2);
});

it('reports polls whose events arrived before it followed the call', async () => {
  const { call } = paintedCall([poll('1'), poll('2')]);
  const list = new PollList(call, storage);
  const opened: string[] = [];
  list.onArrival(({ id }) => opened.push(id));
  list.open([{ type: 'poll.created', poll: poll('2') }]);
  await expect.poll(() => list.state.loaded).toBe(true);
  expect(opened).toEqual(['2']);
  expect(list.state.polls.map(({ id }) => id)).toEqual(['2', '1']);
});

it('keeps the vote of a guest and its key over a reload of the tab', async () => {
  const tab = storage();
  const first = paintedCall([poll('1')]);
  const before = new PollList(first.call, () => tab);
  await before.vote('1', [1]);
  // After the reload the server sees another participant, which has not voted.
  const second = paintedCall([poll('1', { version: 2, voters: 1, ownVote: null })]);
  const after = new PollList(second.call, () => tab);
  await after.read();
  expect(after.state.polls[0]?.ownVote).toEqual([1]);
  await after.vote('1', [0]);
  expect(second.voted).toEqual(first.voted);
  expect(second.voted[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const refused = new PollList(second.call, () => {
    throw new Error('no storage');
  });
  await refused.vote('1', [1]);
  expect(refused.state.polls[0]?.ownVote).toEqual([1]);
});

it('reads the list again after an interruption, without those that are gone', async () => {
  const server = [poll('1'), poll('2')];
  const { call, connection } = paintedCall(server);
  const list = new PollList(call, storage);
  list.open();
  await expect.poll(() => list.state.polls.length).toBe(2);
  server.splice(0, 1);
  connection('connected');
  await expect.poll(() => list.state.polls.map(({ id }) => id)).toEqual(['2']);
});
