import { BusError } from '@waterbus/cluster';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Node, type Participant, Signalling } from '../../test/system/signalling.js';

let signalling: Signalling;
beforeEach(() => {
  signalling = new Signalling();
});
afterEach(() => signalling.close());

/** Ada on the first of three nodes, Ben on the last. */
async function threeNodes() {
  const [one, two, three] = [await signalling.node(), await signalling.node(), await signalling.node()];
  await signalling.clock.advance(0);
  const [ada, ben] = [await signalling.join(one), await signalling.join(three, { name: 'Ben' })];
  return { one, two, three, ada, ben };
}

/** What a node's request to release a participant is answered with goes through this. */
function answersAt({ cluster: { bus } }: Node, change: (answer: unknown) => unknown): void {
  const { request } = bus;
  bus.request = async (...of) => {
    const answer = await request(...of);
    return of[1] === 'session.release' ? change(answer) : answer;
  };
}

/** They come when this is called. */
function lateAnswersAt(node: Node): () => void {
  let come = () => {};
  const late = new Promise<void>((resolve) => {
    come = resolve;
  });
  answersAt(node, async (answer) => {
    await late;
    return answer;
  });
  return come;
}

function homeOf({ id }: Participant) {
  return signalling.root.rooms.home('room-1', id);
}

describe('who goes on at another node', () => {
  test('R3, R10: is at home there before the first one lets go and ends', async () => {
    const { one, two, ada, ben } = await threeNodes();
    const come = lateAnswersAt(two);
    const resuming = signalling.resume(two, ada);
    await ada.client.event('ended');
    await signalling.settled(one.serverWs.drain());
    await one.serverWs.close();
    await signalling.clock.advance(100);
    come();
    const again = await resuming;
    expect(again.room.participants).toHaveLength(2);
    expect(ben.changes).not.toContain('participant.left');
    expect(await homeOf(ada)).toMatchObject({ nodeId: 'ws-2' });
  });

  test('R4: leaves when what its home handed over got lost on the way', async () => {
    const { one, two, ada, ben } = await threeNodes();
    answersAt(two, () => {
      throw new BusError('timeout', 'the answer was lost');
    });
    expect(await signalling.refusedResume(two, ada)).toBe('session.expired');
    await ben.until(() => !ben.other(ada.id));
    expect(await homeOf(ada)).toBeUndefined();
    expect([...one.errors, ...two.errors]).toEqual([]);
  });

  test('R4: leaves when its home gives it away after nobody waits for it any more', async () => {
    const { one, two, ada, ben } = await threeNodes();
    const { request } = two.cluster.bus;
    let late: Promise<unknown> = Promise.resolve();
    two.cluster.bus.request = async (...of) => {
      if (of[1] !== 'session.release') return request(...of);
      late = signalling.clock.advance(3_000).then(() => request(...of));
      throw new BusError('timeout', 'no answer yet');
    };
    expect(await signalling.refusedResume(two, ada)).toBe('session.expired');
    expect(ben.other(ada.id)).toBeDefined();
    await late;
    expect(await homeOf(ada)).toMatchObject({ nodeId: 'ws-2' });
    await signalling.clock.advance(2_000);
    await ben.until(() => !ben.other(ada.id));
    expect(await homeOf(ada)).toBeUndefined();
    expect([...one.errors, ...two.errors]).toEqual([]);
  });

  test.each(['ws-2', 'ws-3'])(
    'R4: a home that nobody looks after is given back by whoever comes for it, to %s',
    async (at) => {
      const { two, three, ada, ben } = await threeNodes();
      await signalling.root.rooms.claimHome('room-1', ada.id, 'ws-2');
      ada.client.socket.disconnect();
      expect(await signalling.refusedResume(at === 'ws-2' ? two : three, ada)).toBe('session.expired');
      await ben.until(() => !ben.other(ada.id));
      expect(await homeOf(ada)).toBeUndefined();
    },
  );

  test('R3: comes in once, also when it asks again before the first answer', async () => {
    const { two, ada, ben } = await threeNodes();
    const come = lateAnswersAt(two);
    const first = signalling.resume(two, ada);
    await ada.client.event('ended');
    const second = signalling.resume(two, ada);
    come();
    const [before, again] = [await first, await second];
    expect(await before.client.event('ended')).toEqual({ reason: 'replaced' });
    expect(again.room.participants).toHaveLength(2);
    expect(ben.changes).not.toContain('participant.left');
  });

  test('R3: asks to go back while it is on its way, and does', async () => {
    const { one, two, ada, ben } = await threeNodes();
    const come = lateAnswersAt(two);
    const away = signalling.resume(two, ada);
    await ada.client.event('ended');
    const back = signalling.resume(one, ada);
    come();
    await away;
    expect((await back).room.participants).toHaveLength(2);
    expect(ben.changes).not.toContain('participant.left');
    expect(await homeOf(ada)).toMatchObject({ nodeId: 'ws-1' });
  });

  test('R4: keeps no home in a room that it was taken out of meanwhile', async () => {
    const { one, two, ada, ben } = await threeNodes();
    // Its first home can neither say whose it is now nor keep its lease.
    one.cluster.rooms.claimHome = () => Promise.reject(new Error('Redis is away'));
    answersAt(two, async (answer) => {
      await signalling.root.rooms.removeNode('ws-1');
      return answer;
    });
    expect(await signalling.refusedResume(two, ada)).toBe('session.expired');
    await ben.until(() => !ben.other(ada.id));
    await expect.poll(() => homeOf(ada)).toBeUndefined();
  });
});
