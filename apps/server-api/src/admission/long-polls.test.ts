import { createInProcessCluster } from '@waterbus/cluster';
import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LongPolls, MOST_BY_MEETING, MOST_BY_NETWORK, MOST_WAITING } from './long-polls.js';

let polls: LongPolls;
let clock: VirtualClock;
beforeEach(() => {
  clock = new VirtualClock();
  polls = new LongPolls(createInProcessCluster({ clock }), clock);
});
afterEach(() => polls.end());

let people = 0;
/** Starts a poll; `refused` counts the refused ones. */
function ask(meetingId: string, network: string, participantId = `p${++people}`) {
  const poll = { answer: undefined as string | undefined, refused: false };
  polls
    .wait(
      { participantId, meetingId, network },
      () => {},
      async () => undefined,
    )
    .then(
      () => {
        poll.answer = 'waiting';
      },
      () => {
        poll.refused = true;
      },
    );
  return poll;
}
const settled = () => new Promise((resolve) => setImmediate(resolve));
const open = (all: ReturnType<typeof ask>[]) => all.filter(({ answer, refused }) => !answer && !refused).length;

describe('long polls', () => {
  it('of one meeting, 2,040 from many networks, do not take the places of others', async () => {
    const flood = Array.from({ length: 2040 }, (_, n) => ask('crowded', `network ${n % 100}`));
    const neighbours = Array.from({ length: 500 }, (_, n) => ask(`meeting ${n}`, `elsewhere ${n}`));
    await settled();
    expect([open(flood), open(neighbours)]).toEqual([MOST_BY_MEETING, 500]);
    expect(flood.filter(({ refused }) => refused)).toHaveLength(2040 - MOST_BY_MEETING);
  });

  it('of one network, over many meetings, do not take the places of others', async () => {
    const flood = Array.from({ length: 2040 }, (_, n) => ask(`meeting ${n}`, 'attacker'));
    const neighbour = ask('meeting 1', 'elsewhere');
    await settled();
    expect([open(flood), open([neighbour])]).toEqual([MOST_BY_NETWORK, 1]);
  });

  it('of many networks evict none of a network with few, and the state is bounded and removed', async () => {
    const flood = Array.from({ length: MOST_WAITING + 1000 }, (_, n) => ask(`meeting ${n % 100}`, `network ${n % 50}`));
    await settled();
    expect(open(flood)).toBe(MOST_WAITING);
    const neighbours = Array.from({ length: 20 }, (_, n) => ask(`other ${n}`, `elsewhere ${n}`));
    await settled();
    expect([open(neighbours), open(flood), polls.size.waits]).toEqual([20, MOST_WAITING - 20, MOST_WAITING]);
    expect(flood.some(({ refused }) => refused)).toBe(false);
    await clock.advance(20_000);
    await settled();
    expect(neighbours.every(({ answer }) => answer === 'waiting')).toBe(true);
    expect(polls.size).toEqual({ waits: 0, meetings: 0, networks: 0 });
  });

  it('of one person are one: the older ends', async () => {
    const first = ask('meeting', 'network', 'ada');
    const second = ask('meeting', 'network', 'ada');
    await settled();
    expect([first.answer, second.answer]).toEqual(['waiting', undefined]);
    expect(polls.size).toEqual({ waits: 1, meetings: 1, networks: 1 });
  });
});
