import { BusError } from '@waterbus/cluster';
import type { ClientRequest } from '@waterbus/protocol';
import { describe, expect, test } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';
import { joinToken, type Node, Participant } from '../../test/system/signalling.js';

useSignalling();

/** Ada on the first of three nodes, Ben on the last. */
async function threeNodes() {
  const [one, two, three] = [await signalling.node(), await signalling.node(), await signalling.node()];
  await signalling.clock.advance(0);
  const [ada, ben] = [await signalling.join(one), await signalling.join(three, { name: 'Ben' })];
  return { one, two, three, ada, ben };
}

/** Passes the answers of a node to release requests through `change`. */
function answersAt({ cluster: { bus } }: Node, change: (answer: unknown) => unknown): void {
  const { request } = bus;
  bus.request = async (...of) => {
    const answer = await request(...of);
    return of[1] === 'session.release' ? change(answer) : answer;
  };
}

/** The answers arrive when the returned function is called. */
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

describe('a participant who resumes at another node', () => {
  test('R3, R10: is at home there before the first home releases it and ends', async () => {
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

  test('R4: leaves if its home’s handover was lost on the way', async () => {
    const { one, two, ada, ben } = await threeNodes();
    answersAt(two, () => {
      throw new BusError('timeout', 'the answer was lost');
    });
    expect(await signalling.refusedResume(two, ada)).toBe('session.expired');
    await ben.until(() => !ben.other(ada.id));
    expect(await homeOf(ada)).toBeUndefined();
    expect([...one.errors, ...two.errors]).toEqual([]);
  });

  test('R4: leaves if its home transfers it after no request waits for it any more', async () => {
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
    'R4: a home without a session is released by the next request for its participant, to %s',
    async (at) => {
      const { two, three, ada, ben } = await threeNodes();
      await signalling.root.rooms.claimHome('room-1', ada.id, 'ws-2');
      ada.client.socket.disconnect();
      expect(await signalling.refusedResume(at === 'ws-2' ? two : three, ada)).toBe('session.expired');
      await ben.until(() => !ben.other(ada.id));
      expect(await homeOf(ada)).toBeUndefined();
    },
  );

  test('R3: enters once, also if it resumes again before the first answer', async () => {
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

  test('R3: resumes at the first node while under way, and returns there', async () => {
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

  test('R4: keeps no home in a room from which it was removed meanwhile', async () => {
    const { one, two, ada, ben } = await threeNodes();
    // Its first home can neither pass the home on nor keep its lease.
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

/**
 * At `node`, requests to `nodeId` take as long as over Redis while a live node may soon listen
 * again; returns the function that makes it listen.
 */
function unheardAt({ cluster: { bus } }: Node, nodeId: string): () => void {
  const { listens, request } = bus;
  let isHeard = false;
  let hear = () => {};
  const heard = new Promise<void>((resolve) => {
    hear = () => {
      isHeard = true;
      resolve();
    };
  });
  bus.listens = async (id) => (id !== nodeId || isHeard) && listens(id);
  bus.request = async (id, ...of) => {
    if (id === nodeId && !isHeard) {
      const givenUp = new Promise((_, reject) => {
        signalling.clock.after(1_500, () => reject(new BusError('timeout', `${id} does not listen`)));
      });
      await Promise.race([heard, givenUp]);
    }
    return request(id, ...of);
  };
  return hear;
}

/** Resolves when this node sends a request to another one. */
function askedAt({ cluster: { bus } }: Node): Promise<void> {
  const { request } = bus;
  return new Promise((resolve) => {
    bus.request = (...of) => {
      resolve();
      return request(...of);
    };
  });
}

/**
 * Long enough to detect a silent node: a lease lasts 3 s, and a request without a listener 1.5 s.
 */
async function looks(): Promise<void> {
  for (let look = 0; look < 5; look += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    await signalling.clock.advance(100);
  }
}

async function joinAnew(
  at: Node,
  { joined: { resumeToken: formerly } }: Participant,
  media?: ClientRequest<'join'>['media'],
): Promise<Participant> {
  const client = signalling.client(at);
  const token = await joinToken(signalling.clock, { name: 'Ada' });
  return new Participant(client, await client.ok('join', { token, protocolVersion: 1, formerly, media }));
}

/** Numbers of participants in the room: those with a socket, and all. */
async function copies() {
  const room = await signalling.root.rooms.snapshot('room-1');
  const ada = room!.participants.filter(({ name }) => name !== 'Ben');
  return { all: ada.length, connected: ada.filter(({ connection }) => connection === 'connected').length };
}

describe('R3, R4: a participant whose home', () => {
  test('is dead joins anew long before the lease runs out, and is shown once', async () => {
    const { one, two, three, ada, ben } = await threeNodes();
    for (const node of [two, three]) unheardAt(node, 'ws-1');
    one.cluster.sever();
    const asked = askedAt(two);
    const refused = signalling.refusedResume(two, ada);
    await asked;
    await looks();
    expect(await refused).toBe('session.expired');
    const again = await joinAnew(three, ada);
    await ben.until(() => ben.other(again.id) !== undefined);
    expect(ben.other(ada.id)).toBeUndefined();
    expect(ben.changes.slice(-2)).toEqual(['participant.left', 'participant.joined']);
  });

  test('is dead does not wait for its media nodes', async () => {
    const { one, three, ada, ben } = await threeNodes();
    await ben.produce((await ben.openTransport('send', 'ws-1-media-0')).id);
    const hear = unheardAt(three, 'ws-1');
    const { request } = three.cluster.bus;
    const asked: string[] = [];
    three.cluster.bus.request = (...of) => {
      asked.push(of[0]);
      return request(...of);
    };
    one.cluster.sever();
    const receive = { codecs: [], headerExtensions: [] };
    const { joined } = await joinAnew(three, ada, { send: true, receive });
    expect(joined.media!.send!.mediaNodeId).not.toBe('ws-1-media-0');
    expect(asked).not.toContain('ws-1');
    // Ben's remaining media there are abandoned without waiting for their owner.
    hear();
  });

  test('dies during the request joins anew as well', async () => {
    const { one, two, ada } = await threeNodes();
    const { request } = two.cluster.bus;
    two.cluster.bus.request = (...of) => (of[1] === 'session.release' ? new Promise(() => {}) : request(...of));
    const asked = askedAt(two);
    const refused = signalling.refusedResume(two, ada);
    await asked;
    await signalling.clock.advance(200);
    one.cluster.sever();
    await looks();
    expect(await refused).toBe('session.expired');
  });

  test('is slow waits for it, and resumes as the same participant', async () => {
    const { two, ada, ben } = await threeNodes();
    const { request } = two.cluster.bus;
    let goOn = () => {};
    const paused = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const asked = new Promise<void>((resolve) => {
      two.cluster.bus.request = async (...of) => {
        resolve();
        await paused;
        return request(...of);
      };
    });
    const resuming = signalling.resume(two, ada);
    await asked;
    await signalling.clock.advance(2_000);
    goOn();
    expect((await resuming).id).toBe(ada.id);
    expect(await copies()).toEqual({ all: 1, connected: 1 });
    expect(ben.changes).not.toContain('participant.left');
    expect(await homeOf(ada)).toMatchObject({ nodeId: 'ws-2' });
  });

  test('is silent for a moment resumes as the same participant', async () => {
    const { two, ada, ben } = await threeNodes();
    const hear = unheardAt(two, 'ws-1');
    const asked = askedAt(two);
    const resuming = signalling.resume(two, ada);
    await asked;
    await signalling.clock.advance(100);
    hear();
    expect((await resuming).id).toBe(ada.id);
    expect(ben.changes).not.toContain('participant.left');
  });

  test.each(['before', 'after'])(
    'was cut off, and listens again %s its client has joined anew, shows it once',
    async (when) => {
      const { one, two, three, ada, ben } = await threeNodes();
      const heard = [two, three].map((node) => unheardAt(node, 'ws-1'));
      ada.client.socket.disconnect();
      const asked = askedAt(two);
      const refused = signalling.refusedResume(two, ada);
      await asked;
      await looks();
      expect(await refused).toBe('session.expired');
      if (when === 'before') for (const hear of heard) hear();
      const again = await joinAnew(three, ada);
      for (const hear of heard) hear();
      await ben.until(() => ben.other(again.id) !== undefined && ben.other(ada.id) === undefined);
      // Its first home's late handover is released, and its own timers find nothing to do.
      await signalling.clock.advance(15_000);
      expect(await copies()).toEqual({ all: 1, connected: 1 });
      expect(await homeOf(ada)).toBeUndefined();
      expect(ben.changes.filter((change) => change === 'participant.left')).toHaveLength(1);
      expect(one.errors).toEqual([]);
    },
  );

  test('still holds its socket stays there only as long as that', async () => {
    const { three, ada, ben } = await threeNodes();
    const again = await joinAnew(three, ada);
    await ben.until(() => ben.other(again.id) !== undefined);
    expect(ben.other(ada.id)).toBeDefined();
    ada.client.socket.disconnect();
    await ben.until(() => ben.other(ada.id) === undefined);
    expect(await copies()).toEqual({ all: 1, connected: 1 });
  });
});
